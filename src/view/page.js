/* SPDX-License-Identifier: Apache-2.0 */
/* The script of the page that `relief view -o page.html` writes: draws the scene that stands in the
 * page, through WebGL 2, from a camera that moves with the pointer.
 *
 * A corner is (x, y, q): a place in the photo, in pixels, and 1 / depth. The camera moves sideways
 * alone, with its picture shifted so that what is at 1 / depth = pivot stays where it is. What it
 * sees of a corner is then affine in (x, y, q): x moves by (q - pivot) * focal * offset. So no
 * division by depth is left over for the shader, and since the position handed to the driver has
 * w = 1, everything is interpolated along the photo: each texel stays on the ray on which it was
 * photographed, and from the source camera the view is the photo. */
"use strict";

const VERTEX = `#version 300 es
in vec3 corner;
uniform vec2 size;      /* of the photo, in pixels */
uniform vec2 offset;    /* of the camera, to the right and down, times focal length */
uniform vec3 zoom;      /* enlargement; pivot; largest 1 / depth */
uniform vec4 place;     /* scale and start of the photo's pixels in the texture */
uniform float nearer;   /* lines are drawn before the surfaces that they lie on */
out vec2 at;
out float q;
void main() {
    vec2 moved = corner.xy - (corner.z - zoom.y) * offset - 0.5 * size;
    at = corner.xy * place.xy + place.zw;
    q = corner.z;
    float z = 1.0 - 2.0 * q / zoom.z;
    gl_Position = vec4(2.0 * zoom.x * moved * vec2(1, -1) / size, z - nearer, 1);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
in float q;
uniform sampler2D picture;
uniform float bias;     /* of mip levels */
uniform int style;      /* 0: picture, 1: under a wireframe, 2: lines, 3: depth */
uniform int alpha;      /* 0: opaque, 1: a texel is there or is not, 2: blended */
uniform vec2 range;     /* 1 / depth of the farthest and of the nearest */
out vec4 colour;
vec3 encode(vec3 c) {
    return mix(c * 12.92, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c));
}
void main() {
    vec4 texel = texture(picture, at, bias); /* in linear light */
    float there = alpha == 0 ? 1.0 : texel.a;
    if (alpha == 1 && there < 0.5)
        discard;
    there = alpha == 1 ? 1.0 : there;
    vec3 c = encode(texel.rgb);
    if (style == 1)
        c *= 0.35;
    if (style == 2)
        c = vec3(0.55, 0.95, 0.75);
    if (style == 3)
        c = vec3(clamp((q - range.x) / max(range.y - range.x, 1e-9), 0.0, 1.0));
    colour = vec4(c * there, there);
}`;

const UNIFORMS = ["size", "offset", "zoom", "place", "nearer", "bias", "style", "alpha", "range"];
const STYLES = { picture: 0, wireframe: 1, depth: 3 };
const EASE = 0.12; /* seconds in which the camera goes two thirds of its way */
const SWAY = { reach: 0.45, seconds: 9 }; /* until the pointer moves */
const TILT = 16; /* degrees for the whole way */
const SLACK = 2; /* pixels that the back layer reaches farther than it must */
const BACKDROP_BIAS = 5; /* mip levels: a blur of 32 texels */

const element = (id) => document.getElementById(id);
const canvas = element("view");
const scene = JSON.parse(element("scene").textContent);
const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;

let gl, program, surfaces;
const places = {}; /* of the program's uniforms */
let target = [0, 0], shown = [0, 0]; /* where the camera goes and is: 1 is the scene's travel */
let idle = !reduced, style = "picture", layers = "all";
let started = 0, before = 0, waiting = false;

/* ------------------------------------------------------------------ data */

function bytesOf(id) {
    const text = atob(element(id).textContent), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++)
        bytes[i] = text.charCodeAt(i);
    element(id).remove();
    return bytes;
}

/* Corners and triangles of a surface. Numbers take 7 bits a byte, low ones first; corners are
 * differences to the one before, with the sign in the lowest bit; of triangles' corners stands how
 * far they are behind the next one that was not yet used. */
function unpack(bytes, about) {
    const corners = new Float32Array(3 * about.vertices);
    const indices = new Uint32Array(3 * about.triangles);
    const last = [0, 0, 0], unit = [about.step, about.step, (scene.q[1] - scene.q[0]) / 65535];
    let at = 0, fresh = 0;
    const number = () => {
        let value = 0, shift = 0, byte;
        do {
            byte = bytes[at++];
            value |= (byte & 127) << shift;
            shift += 7;
        } while (byte > 127);
        return value >>> 0;
    };
    for (let i = 0; i < corners.length; i++) {
        const value = number(), k = i % 3;
        last[k] += value & 1 ? -(value + 1) / 2 : value / 2;
        corners[i] = last[k] * unit[k] + (k === 2 ? scene.q[0] : 0);
    }
    for (let i = 0; i < indices.length; i++) {
        const back = number();
        indices[i] = fresh - back;
        fresh += back === 0;
    }
    return { corners, indices };
}

/* Every edge once, as pairs of corners. */
function edgesOf(indices) {
    const edges = new Map();
    for (let i = 0; i < indices.length; i++) {
        const a = indices[i], b = indices[i % 3 === 2 ? i - 2 : i + 1];
        edges.set(Math.min(a, b) * 0x4000000 + Math.max(a, b), [a, b]);
    }
    return new Uint32Array([...edges.values()].flat());
}

async function pictureOf(about, k) {
    const blob = new Blob([bytesOf("picture" + k)], { type: about.type });
    const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
    const most = gl.getParameter(gl.MAX_TEXTURE_SIZE), scale = most / Math.max(...about.size);
    if (scale < 1) {
        options.resizeWidth = Math.floor(about.size[0] * scale);
        options.resizeHeight = Math.floor(about.size[1] * scale);
        options.resizeQuality = "high";
    }
    return createImageBitmap(blob, options);
}

/* ------------------------------------------------------------------ to the driver */

function compile() {
    const made = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, text);
        gl.compileShader(shader);
        gl.attachShader(made, shader);
    }
    gl.bindAttribLocation(made, 0, "corner");
    gl.linkProgram(made);
    if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost())
        throw new Error("the graphics driver refuses the page's shaders");
    return made;
}

/* sRGB textures are sampled, and their mip levels made, in linear light. */
function upload(bitmap) {
    const texture = gl.createTexture(), kind = gl.TEXTURE_2D;
    const sharp = gl.getExtension("EXT_texture_filter_anisotropic");
    gl.bindTexture(kind, texture);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.texImage2D(kind, 0, gl.SRGB8_ALPHA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.generateMipmap(kind);
    gl.texParameteri(kind, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.texParameteri(kind, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(kind, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    if (sharp)
        gl.texParameterf(kind, sharp.TEXTURE_MAX_ANISOTROPY_EXT, 4);
    return texture;
}

function buffer(kind, data) {
    gl.bindBuffer(kind, gl.createBuffer());
    gl.bufferData(kind, data, gl.STATIC_DRAW);
}

/* A vertex array of corners with the numbers of those to draw. */
function drawable(corners, numbers) {
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    buffer(gl.ARRAY_BUFFER, corners);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
    buffer(gl.ELEMENT_ARRAY_BUFFER, numbers);
    return { array, count: numbers.length };
}

/* What lies behind everything, so that no hole shows where a scene has one layer, or its second
 * lacks something: the picture of the layer before it, blurred, beyond its frame too. */
function backdrop(last) {
    const w = scene.width, h = scene.height, q = scene.q[0] * 0.999;
    const corners = new Float32Array([-w, -h, q, 2 * w, -h, q, -w, 2 * h, q, 2 * w, 2 * h, q]);
    const faces = drawable(corners, new Uint32Array([0, 1, 2, 2, 1, 3]));
    return { about: { ...last.about, layer: "backdrop" }, texture: last.texture, faces };
}

function build() {
    program = compile();
    for (const name of UNIFORMS)
        places[name] = gl.getUniformLocation(program, name);
    for (const surface of surfaces) {
        surface.texture = upload(surface.bitmap);
        surface.faces = drawable(surface.corners, surface.indices);
        surface.lines = null;
    }
    /* The front first: it wins where both are equally near. What blends comes last. */
    const order = (s) => (s.about.alpha === "blend" ? 2 : s.about.layer === "back" ? 1 : 0);
    surfaces.sort((a, b) => order(a) - order(b));
    gl.enable(gl.DEPTH_TEST);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
}

/* ------------------------------------------------------------------ drawing */

/* The photo's shape in the window, in the screen's own pixels. */
function fit() {
    const scale = Math.min(innerWidth / scene.width, innerHeight / scene.height);
    const most = gl.getParameter(gl.MAX_VIEWPORT_DIMS), dense = window.devicePixelRatio || 1;
    const sides = [scene.width, scene.height].map((side) => Math.max(1, Math.round(side * scale)));
    canvas.style.width = sides[0] + "px";
    canvas.style.height = sides[1] + "px";
    const pixels = sides.map((side, k) => Math.min(Math.round(side * dense), most[k], 8192));
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1])
        [canvas.width, canvas.height] = pixels;
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
}

/* How much larger the picture must be drawn so that the frame of what was filled in stays outside:
 * what is far moves by up to pivot * focal * offset. Smooth at the source view, by as much as the
 * frame is wider than needed. */
function enlargement(offset) {
    const margin = Math.hypot((2 * offset[0]) / scene.width, (2 * offset[1]) / scene.height);
    const slack = (2 * SLACK) / Math.max(scene.width, scene.height);
    return 1 / (1 - (Math.hypot(margin * scene.pivot, slack) - slack));
}

function drawSurface(surface, kind) {
    const about = surface.about, lines = kind === 2, behind = about.layer === "backdrop";
    if (lines && !surface.lines)
        surface.lines = drawable(surface.corners, edgesOf(surface.indices));
    const drawn = lines ? surface.lines : surface.faces;
    gl.uniform4fv(places.place, about.place);
    gl.uniform1i(places.alpha, lines ? 0 : { opaque: 0, mask: 1, blend: 2 }[about.alpha]);
    gl.uniform1i(places.style, kind);
    gl.uniform1f(places.nearer, lines ? 2e-4 : 0);
    gl.uniform1f(places.bias, behind ? BACKDROP_BIAS : -0.5);
    const blends = about.alpha === "blend" && !lines;
    (blends ? gl.enable : gl.disable).call(gl, gl.BLEND);
    gl.depthMask(!blends);
    gl.depthFunc(blends ? gl.LEQUAL : gl.LESS);
    gl.bindTexture(gl.TEXTURE_2D, surface.texture);
    gl.bindVertexArray(drawn.array);
    gl.drawElements(lines ? gl.LINES : gl.TRIANGLES, drawn.count, gl.UNSIGNED_INT, 0);
}

function draw() {
    const reach = scene.focal * scene.travel * scene.near;
    const offset = [shown[0] * reach, shown[1] * reach];
    const back = (surface) => surface.about.layer === "back";
    const seen = surfaces.filter((s) => layers === "all" || back(s) === (layers === "back"));
    fit();
    gl.depthMask(true);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.useProgram(program);
    gl.uniform2f(places.size, scene.width, scene.height);
    gl.uniform2fv(places.offset, offset);
    gl.uniform3f(places.zoom, enlargement(offset), scene.pivot, scene.q[1] * 1.001);
    gl.uniform2fv(places.range, scene.q);
    for (const surface of seen)
        drawSurface(surface, STYLES[style]);
    const solid = surfaces.filter((s) => s.about.layer !== "ribbon");
    if (layers === "all" && solid.every((s) => s.about.alpha === "opaque")) {
        surfaces.behind = surfaces.behind || backdrop(solid[solid.length - 1]);
        drawSurface(surfaces.behind, STYLES[style]);
    }
    for (const surface of style === "wireframe" ? seen : [])
        drawSurface(surface, 2);
}

/* One step of the camera's movement, and the next as long as there is any. */
function step(now) {
    const seconds = Math.max(0, now - before) / 1000;
    before = now;
    waiting = false;
    if (!surfaces || gl.isContextLost())
        return;
    if (idle) {
        const turn = (2 * Math.PI * (now - started)) / (1000 * SWAY.seconds);
        target = [SWAY.reach * Math.sin(turn), 0.5 * SWAY.reach * Math.sin(2 * turn)];
    }
    const share = 1 - Math.exp(-seconds / EASE);
    shown = shown.map((value, k) => value + share * (target[k] - value));
    const moving = Math.hypot(target[0] - shown[0], target[1] - shown[1]) > 1e-3;
    if (!moving && !idle)
        shown = [...target];
    draw();
    if (moving || idle)
        wake();
}

function wake() {
    if (!waiting)
        requestAnimationFrame(step);
    waiting = true;
}

/* ------------------------------------------------------------------ people */

/* Send the camera to a place, no farther than the scene is made for. */
function aim(x, y) {
    const far = Math.max(1, Math.hypot(x, y));
    target = [x / far, y / far];
    idle = false;
    if (!waiting)
        before = performance.now();
    wake();
}

const KEYS = {
    ArrowLeft: () => aim(target[0] - 0.25, target[1]),
    ArrowRight: () => aim(target[0] + 0.25, target[1]),
    ArrowUp: () => aim(target[0], target[1] - 0.25),
    ArrowDown: () => aim(target[0], target[1] + 0.25),
    r: () => aim(0, 0),
    w: () => (style = style === "wireframe" ? "picture" : "wireframe"),
    d: () => (style = style === "depth" ? "picture" : "depth"),
    l: () => {
        const names = ["all", "front", "back"];
        if (surfaces.some((s) => s.about.layer === "back"))
            layers = names[(names.indexOf(layers) + 1) % 3];
    },
};

function onKey(event) {
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || !surfaces)
        return;
    event.preventDefault();
    act();
    wake();
}

/* Where the device was held when it began, which slowly becomes where it is held. */
let rest = null;

function onTilt(event) {
    if (event.beta === null || event.gamma === null)
        return;
    const angle = ((screen.orientation && screen.orientation.angle) || 0) * (Math.PI / 180);
    const tilt = [event.gamma * Math.cos(angle) + event.beta * Math.sin(angle),
        event.beta * Math.cos(angle) - event.gamma * Math.sin(angle)];
    rest = rest ? rest.map((value, k) => value + 0.01 * (tilt[k] - value)) : tilt;
    aim((tilt[0] - rest[0]) / TILT, (tilt[1] - rest[1]) / TILT);
}

/* Some browsers give the device's tilt only to pages that asked for it after a tap. */
function listenToTilt() {
    const kind = window.DeviceOrientationEvent, button = element("gyroscope");
    const listen = () => addEventListener("deviceorientation", onTilt);
    if (!kind || typeof kind.requestPermission !== "function")
        return listen();
    button.hidden = !matchMedia("(pointer: coarse)").matches;
    button.onclick = async () => {
        button.hidden = true;
        if ((await kind.requestPermission().catch(() => "denied")) === "granted")
            listen();
    };
}

async function start() {
    gl = canvas.getContext("webgl2", { antialias: true, powerPreference: "high-performance" });
    if (!gl)
        throw new Error("this page needs WebGL 2, which this browser lacks or has switched off");
    surfaces = await Promise.all(scene.surfaces.map(async (about, k) => ({
        about, ...unpack(bytesOf("mesh" + k), about), bitmap: await pictureOf(about, k),
    })));
    build();
    fit();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
        surfaces.behind = null;
        build();
        wake();
    });
    addEventListener("pointermove", (event) =>
        aim((2 * event.clientX) / innerWidth - 1, (2 * event.clientY) / innerHeight - 1));
    document.documentElement.addEventListener("pointerleave", () => idle || aim(0, 0));
    addEventListener("keydown", onKey);
    addEventListener("resize", wake);
    listenToTilt();
    started = before = performance.now();
    draw();
    canvas.classList.add("ready");
    element("hint").hidden = false;
    wake();
}

start().catch((error) => (element("message").textContent = "No picture: " + error.message + "."));
