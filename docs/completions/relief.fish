# SPDX-License-Identifier: Apache-2.0
# Completion of `relief` for fish.

function __relief_models
    relief model list 2>/dev/null | string match -v 'NAME *' | string replace -r ' .*' ''
end

function __relief_no_command
    not __fish_seen_subcommand_from mesh depth render view video model info bench
end

function __relief_makes_scenes
    not __fish_seen_subcommand_from depth model info bench
end

function __relief_has_network
    not __fish_seen_subcommand_from info list pull add remove cache
end

complete -c relief -n __relief_no_command -a mesh -d 'One photo to a scene file'
complete -c relief -n __relief_no_command -a depth -d 'Photos to depth maps'
complete -c relief -n __relief_no_command -a render -d 'One view of a photo or scene'
complete -c relief -n __relief_no_command -a video -d 'Films of photos or scenes'
complete -c relief -n __relief_no_command -a view -d 'A window or a page to look around in'
complete -c relief -n __relief_no_command -a model -d 'The networks'
complete -c relief -n __relief_no_command -a info -d 'What a file holds'
complete -c relief -n __relief_no_command -a bench -d 'Measure this machine'
complete -c relief -n '__fish_seen_subcommand_from model' -a 'list info pull add remove cache run'

complete -c relief -n 'not __fish_seen_subcommand_from info list bench pull add remove cache' -s o -l output -r -d 'Where the result goes'
complete -c relief -n 'not __fish_seen_subcommand_from info list bench remove cache' -l force -d 'Replace existing files'
complete -c relief -n '__fish_seen_subcommand_from run' -l input -r -d 'Tensor for an input'
complete -c relief -n '__fish_seen_subcommand_from depth' -l format -x -a 'png16 png8 exr exr-half tiff pfm npy preview' -d 'File formats'
complete -c relief -n '__fish_seen_subcommand_from depth' -l as -x -a 'disparity depth' -d 'What the map holds'
complete -c relief -n '__fish_seen_subcommand_from depth' -l range -x -a 'image fixed: percentile:' -d 'Values of black and white'
complete -c relief -n '__fish_seen_subcommand_from depth' -l invert -d 'Swap black and white'
complete -c relief -n '__fish_seen_subcommand_from depth' -l colour-map -x -a 'inferno turbo grey spectral' -d 'Colours of the preview'
complete -c relief -n '__fish_seen_subcommand_from depth' -l side-by-side -d 'The photo beside the map in the preview'
complete -c relief -n '__fish_seen_subcommand_from depth video' -s r -l recursive -d 'Look into folders in folders'
complete -c relief -n '__fish_seen_subcommand_from depth video' -s 0 -l null -d 'Names on stdin end with NUL bytes'
complete -c relief -n '__fish_seen_subcommand_from depth video' -l shard -x -a 'auto' -d 'Part K/N of the work'
complete -c relief -n '__fish_seen_subcommand_from depth' -l memory -x -d 'Memory for pictures on their way'
complete -c relief -n '__fish_seen_subcommand_from depth video' -l fail-fast -d 'Begin nothing more after a failure'
complete -c relief -n '__fish_seen_subcommand_from depth video' -l report -r -d 'A line of JSON for every input'
complete -c relief -n '__fish_seen_subcommand_from depth' -l quality -x -a 'draft normal high' -d 'How carefully the map is made'
complete -c relief -n '__fish_seen_subcommand_from depth bench' -l size -x -a 'photo network' -d 'Size of the map'
complete -c relief -n '__fish_seen_subcommand_from render view' -l size -x -d 'Size of the view'
complete -c relief -n '__fish_seen_subcommand_from video' -l size -x -d 'Size of the pictures'
complete -c relief -n '__fish_seen_subcommand_from video' -l aspect -x -a '16:9 9:16 1:1 4:3 3:4 4:5 21:9' -d 'Shape of the pictures'
complete -c relief -n '__fish_seen_subcommand_from video' -l format -x -a 'mp4 webm gif png y4m' -d 'Format of films'
complete -c relief -n '__fish_seen_subcommand_from video' -l blur -x -d 'Blur what is not in focus'
complete -c relief -n '__fish_seen_subcommand_from video' -l vignette -x -d 'Darken the corners'

complete -c relief -n 'not __fish_seen_subcommand_from depth render view model info bench' -l keep-metadata -d 'Keep EXIF data in the texture'
complete -c relief -n __relief_makes_scenes -l depth -r -d 'Depth map in place of a network'
complete -c relief -n __relief_makes_scenes -l depth-is -x -a 'disparity depth metres' -d 'What the map holds'
complete -c relief -n __relief_makes_scenes -l ignore-embedded-depth -d 'Use the network for photos with a map too'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l fov -x -d 'Field of view in degrees'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l depth-ratio -x -d 'Farthest to nearest distance'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l strength -x -d 'Scale the depth'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l travel -x -d 'Largest camera movement'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l grid -x -d 'An even grid of cells on the long side'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l quality -x -a 'draft normal high' -d 'How finely the scene is triangulated'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l error -x -d 'Pixels of parallax'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l triangles -x -d 'About this many triangles'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l normals -d 'Give every vertex a normal'
complete -c relief -n __relief_makes_scenes -l compress -d 'Smaller glTF files'
complete -c relief -n __relief_makes_scenes -l texture-size -x -d 'Most pixels on the long side of a texture'
complete -c relief -n __relief_makes_scenes -l points -d 'A point for every pixel'
complete -c relief -n 'not __fish_seen_subcommand_from depth render model info bench' -l save-depth -r -d 'Also write the depth map'
complete -c relief -n __relief_makes_scenes -l displace -d 'A flat grid and a picture to displace it by'
complete -c relief -n __relief_makes_scenes -l base -x -d 'Thickness of the plate of a solid in mm'
complete -c relief -n __relief_makes_scenes -l height -x -d 'Height of what stands on it in mm'
complete -c relief -n __relief_makes_scenes -l plate -x -d 'Long side of the plate in mm'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l max-triangles -x -d 'Most triangles'

complete -c relief -n '__fish_seen_subcommand_from render' -l camera -x -a source -d 'Where the camera stands'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l hard-edges -d 'Cut silhouettes in the middle of edges'
complete -c relief -n 'not __fish_seen_subcommand_from depth model info' -l layers -x -a '1 2' -d 'Surfaces of the scene'
complete -c relief -n '__fish_seen_subcommand_from render' -l look-at -x -d 'Turn the camera towards this point'
complete -c relief -n '__fish_seen_subcommand_from render' -l view-fov -x -d 'Field of view of the view'
complete -c relief -n '__fish_seen_subcommand_from render video' -l supersample -x -d 'Samples along a pixel side'
complete -c relief -n '__fish_seen_subcommand_from render' -l wireframe -d 'Draw the edges of triangles'
complete -c relief -n '__fish_seen_subcommand_from render' -l plain-uvs -d 'Lay the texture as other viewers do'
complete -c relief -n '__fish_seen_subcommand_from render' -l max-texture -x -d 'Cut textures into tiles'

complete -c relief -n __relief_makes_scenes -l move -x -a 'auto zoom dolly orbit circle sway pan rise' -d 'How the camera moves'
complete -c relief -n __relief_makes_scenes -l path -r -d 'Move the camera along a file'
complete -c relief -n __relief_makes_scenes -l amount -x -d 'How far the camera moves'
complete -c relief -n __relief_makes_scenes -l seconds -x -d 'How long the move takes'
complete -c relief -n __relief_makes_scenes -l fps -x -d 'Frames a second'
complete -c relief -n __relief_makes_scenes -l loop -d 'End where it begins'
complete -c relief -n __relief_makes_scenes -l save-camera -r -d 'Write the path'

complete -c relief -n __relief_has_network -l model -r -a '(__relief_models)' -d 'Depth network'
complete -c relief -n __relief_has_network -l like -x -a '(__relief_models)' -d 'Treat a file as this network'
complete -c relief -n 'not __fish_seen_subcommand_from model info' -l network-size -x -d 'Size at which the network sees the photo'
complete -c relief -n __relief_has_network -l device -x -a 'auto cpu cuda' -d 'Where the network runs'
complete -c relief -n __relief_has_network -l precision -x -a 'auto f32 bf16 int8' -d 'Numbers the network runs in'
complete -c relief -n '__fish_seen_subcommand_from run bench' -l backend -x -a 'reference onednn' -d 'Kernels'
complete -c relief -n '__fish_seen_subcommand_from bench' -l runs -x -d 'Measured runs'

complete -c relief -n __relief_has_network -l no-cache -d 'Neither use nor fill the cache of weights'
complete -c relief -n '__fish_seen_subcommand_from cache' -x -a 'info clear'
complete -c relief -n '__fish_seen_subcommand_from pull remove' -x -a '(__relief_models)'
complete -c relief -n '__fish_seen_subcommand_from pull' -l accept-licence -d 'Take on a licence that excludes commercial use'
complete -c relief -n '__fish_seen_subcommand_from pull' -l mirror -x -d 'Fetch from another address'
complete -c relief -n '__fish_seen_subcommand_from pull' -l timeout -x -d 'Give up after so many seconds'
complete -c relief -n '__fish_seen_subcommand_from add' -l as -x -d 'Name of the network'
complete -c relief -n '__fish_seen_subcommand_from add' -l like -x -a '(__relief_models)' -d 'Treat it as this network'
complete -c relief -n '__fish_seen_subcommand_from add' -l link -d 'Do not copy'

complete -c relief -l threads -x -d 'Threads to work with'
complete -c relief -l json -d 'Print the result as JSON'
complete -c relief -l progress -x -a 'auto bar json none' -d 'Progress on stderr'
complete -c relief -l end-with-parent -d 'Stop when the program that started relief ends'
complete -c relief -s q -l quiet -d 'Print nothing but failures'
complete -c relief -s v -l verbose -d 'Print what is done and why'
complete -c relief -s h -l help -d 'Print help'
complete -c relief -l version -d 'Print the version'
