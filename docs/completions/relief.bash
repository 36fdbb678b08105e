# SPDX-License-Identifier: Apache-2.0
# Completion of `relief` for bash; `relief model list` gives the names of networks.

_relief_models() {
    relief model list 2>/dev/null | sed -n '2,$s/ .*//p'
}

_relief_options() {
    local report="--threads --json --progress --end-with-parent --quiet --verbose --help --version"
    local model="--model --like --device --precision --no-cache"
    local scene="--fov --depth-ratio --strength --travel --layers --hard-edges --quality --error --triangles"
    scene+=" --max-triangles --grid --normals"
    local view="--camera --look-at --view-fov --supersample --wireframe --plain-uvs --max-texture"
    local move="--move --path --amount --seconds --fps --loop --save-camera"
    case $1 in
        render)
            echo "--output --force --depth --depth-is --ignore-embedded-depth --size $scene $view" \
                "$model --network-size $report"
            ;;
        video)
            echo "--output --force --depth --depth-is --ignore-embedded-depth --size --aspect --format" \
                "--supersample --blur --vignette --recursive --null --shard --fail-fast --report" \
                "$scene $move $model --network-size $report"
            ;;
        view)
            echo "--output --force --depth --depth-is --ignore-embedded-depth --texture-size $scene" \
                "--size $model --network-size $report"
            ;;
        depth)
            echo "--output --format --as --range --invert --colour-map --side-by-side --size --quality --force" \
                "--recursive --null --shard --memory --fail-fast --report $model --network-size $report"
            ;;
        "model run") echo "--output --input --force $model --backend $report" ;;
        "model info") echo "$model $report" ;;
        "model pull") echo "--accept-licence --mirror --timeout --force $report" ;;
        "model add") echo "--as --like --link --force $report" ;;
        bench) echo "$scene $model --network-size --size --backend --runs $report" ;;
        info | "model list" | "model remove" | "model cache" | model) echo "$report" ;;
        *)
            echo "--output --force --keep-metadata --compress --depth --depth-is $scene" \
                "--ignore-embedded-depth --save-depth --texture-size --points --displace --base --height --plate" \
                "$move $model --network-size $report"
            ;;
    esac
}

_relief() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command= word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$command $word" in
            " mesh" | " depth" | " render" | " view" | " video" | " info" | " bench" | " model") command=$word ;;
            "model list" | "model info" | "model run" | "model pull" | "model add" | "model remove" | \
                "model cache")
                command="model $word" ;;
        esac
    done
    COMPREPLY=()
    case $previous in
        --device) COMPREPLY=($(compgen -W "auto cpu cuda" -- "$current")) ;;
        --precision) COMPREPLY=($(compgen -W "auto f32 bf16 int8" -- "$current")) ;;
        --backend) COMPREPLY=($(compgen -W "reference onednn" -- "$current")) ;;
        --progress) COMPREPLY=($(compgen -W "auto bar json none" -- "$current")) ;;
        --format) COMPREPLY=($(compgen -W "png16 png8 exr exr-half tiff pfm npy preview mp4 webm gif png y4m" -- "$current")) ;;
        --colour-map) COMPREPLY=($(compgen -W "inferno turbo grey spectral" -- "$current")) ;;
        --shard) COMPREPLY=($(compgen -W "auto" -- "$current")) ;;
        --range) COMPREPLY=($(compgen -W "image fixed: percentile:" -- "$current")) ;;
        --aspect) COMPREPLY=($(compgen -W "16:9 9:16 1:1 4:3 3:4 4:5 21:9" -- "$current")) ;;
        --quality) COMPREPLY=($(compgen -W "draft normal high" -- "$current")) ;;
        --depth-is) COMPREPLY=($(compgen -W "disparity depth metres" -- "$current")) ;;
        --like) COMPREPLY=($(compgen -W "$(_relief_models)" -- "$current")) ;;
        --model) COMPREPLY=($(compgen -W "$(_relief_models)" -- "$current") $(compgen -f -- "$current")) ;;
        --size | --network-size | --threads | --runs | --fov | --depth-ratio | --strength | \
            --travel | --grid | --max-triangles | --triangles | --error | --look-at | --view-fov | --supersample | \
            --max-texture | --as | --mirror | --timeout) ;;
        --layers) COMPREPLY=($(compgen -W "1 2" -- "$current")) ;;
        --move) COMPREPLY=($(compgen -W "auto zoom dolly orbit circle sway pan rise" -- "$current")) ;;
        --amount | --seconds | --fps | --blur | --vignette) ;;
        --camera) COMPREPLY=($(compgen -W "source" -- "$current")) ;;
        *)
            if [[ $current == -* ]]; then
                COMPREPLY=($(compgen -W "$(_relief_options "$command")" -- "$current"))
            elif [[ $command == "model pull" || $command == "model remove" ]]; then
                COMPREPLY=($(compgen -W "$(_relief_models)" -- "$current"))
            elif [[ $command == "model cache" ]]; then
                COMPREPLY=($(compgen -W "info clear" -- "$current"))
            elif [[ $command == model ]]; then
                COMPREPLY=($(compgen -W "list info pull add remove cache run" -- "$current"))
            else
                COMPREPLY=($(compgen -f -- "$current"))
                [[ $COMP_CWORD == 1 ]] &&
                    COMPREPLY+=($(compgen -W "mesh depth render view video model info bench" -- "$current"))
            fi
            ;;
    esac
}

complete -o filenames -F _relief relief
