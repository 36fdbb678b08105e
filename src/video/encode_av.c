/* SPDX-License-Identifier: Apache-2.0 */
/* Films by libavcodec and libavformat: H.264 in MP4, VP9 or AV1 in WebM. */
#include "video/encoder.h"

#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"
#include "video/av_library.h"

#include <string.h>

/* Threads of an encoder: H.264's bits depend on their number, so it is always the same. */
enum { ENCODER_THREADS = 4 };

/* What files of ours are known by, in a place where no player shows it (base/output.c). */
static const char MARK[] = "relief film";

/* An encoder that can make a kind of file, and how it is to work. */
typedef struct choice {
    const char *name; /* of libavcodec's, NULL: any for `codec` */
    enum AVCodecID codec;
    const char *settings; /* "key=value:key=value" */
} choice;

static const choice MP4_CHOICES[] = {
    {"libx264", AV_CODEC_ID_H264, "preset=veryfast:crf=18"},
    {"libopenh264", AV_CODEC_ID_H264, "b=12M"},
    {NULL, AV_CODEC_ID_H264, "b=12M"},
};
static const choice WEBM_CHOICES[] = {
    {"libvpx-vp9", AV_CODEC_ID_VP9, "crf=28:b=0:deadline=good:cpu-used=5:row-mt=1:tile-columns=2"},
    {"libsvtav1", AV_CODEC_ID_AV1, "crf=30:preset=10"},
    {"libaom-av1", AV_CODEC_ID_AV1, "crf=28:b=0:cpu-used=8:row-mt=1"},
};
enum { MP4_COUNT = sizeof MP4_CHOICES / sizeof *MP4_CHOICES };
enum { WEBM_COUNT = sizeof WEBM_CHOICES / sizeof *WEBM_CHOICES };

struct rl_encoder {
    relief_ctx *ctx;
    const rl_av *av;
    rl_output *output;
    AVFormatContext *format;
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
    AVStream *stream;
    bool header; /* written */
    int64_t next;
};

static const AVCodec *find_codec(const choice *choices, int count, const choice **chosen) {
    const rl_av *av = rl_av_load();
    for (int k = 0; k < count && av; k++) {
        const AVCodec *codec = choices[k].name ? av->avcodec_find_encoder_by_name(choices[k].name)
                                               : av->avcodec_find_encoder(choices[k].codec);
        *chosen = &choices[k];
        if (codec)
            return codec;
    }
    return NULL;
}

static const char *find_mp4(void) {
    const choice *chosen;
    const AVCodec *codec = find_codec(MP4_CHOICES, MP4_COUNT, &chosen);
    return codec ? codec->name : NULL;
}

static const char *find_webm(void) {
    const choice *chosen;
    const AVCodec *codec = find_codec(WEBM_CHOICES, WEBM_COUNT, &chosen);
    return codec ? codec->name : NULL;
}

/* A failure of the libraries'; what concerns the file is ours to tell. */
static relief_status fail(const rl_encoder *encoder, int error, const char *doing) {
    relief_ctx *ctx = encoder->ctx;
    char reason[AV_ERROR_MAX_STRING_SIZE] = "";
    encoder->av->av_strerror(error, reason, sizeof reason);
    if (error == AVERROR(ENOMEM))
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "out of memory while %s", doing);
    if (error == AVERROR(ENOSPC) || error == AVERROR(EIO) || error == AVERROR(EFBIG) ||
        error == AVERROR(EDQUOT))
        return rl_fail(ctx, RELIEF_ERROR_IO, "the film cannot be written: %s", reason);
    return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "%s failed: %s", doing, reason);
}

static void discard(rl_encoder *encoder) {
    if (!encoder)
        return;
    const rl_av *av = encoder->av;
    av->avcodec_free_context(&encoder->codec);
    av->av_frame_free(&encoder->frame);
    av->av_packet_free(&encoder->packet);
    if (encoder->format && encoder->format->pb)
        av->avio_closep(&encoder->format->pb);
    av->avformat_free_context(encoder->format);
    rl_output_abort(encoder->output);
    rl_free(encoder);
}

static relief_status open_codec(rl_encoder *encoder, const AVCodec *codec, const char *settings,
                                const rl_film_facts *facts) {
    const rl_av *av = encoder->av;
    AVDictionary *options = NULL;
    encoder->codec = av->avcodec_alloc_context3(codec);
    AVCodecContext *c = encoder->codec;
    if (!c)
        return rl_fail_memory(encoder->ctx, sizeof *c);
    c->width = facts->width;
    c->height = facts->height;
    c->time_base = (AVRational){facts->rate[1], facts->rate[0]};
    c->framerate = (AVRational){facts->rate[0], facts->rate[1]};
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->color_primaries = AVCOL_PRI_BT709;
    c->color_trc = AVCOL_TRC_BT709;
    c->colorspace = AVCOL_SPC_BT709;
    c->color_range = AVCOL_RANGE_MPEG;
    c->chroma_sample_location = AVCHROMA_LOC_LEFT;
    c->sample_aspect_ratio = (AVRational){1, 1};
    c->thread_count = ENCODER_THREADS;
    c->flags |= AV_CODEC_FLAG_BITEXACT;
    if (encoder->format->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int error = av->av_dict_parse_string(&options, settings, "=", ":", 0);
    if (error >= 0)
        error = av->avcodec_open2(c, codec, &options);
    av->av_dict_free(&options);
    return error < 0 ? fail(encoder, error, codec->name) : RELIEF_OK;
}

static relief_status open_file(rl_encoder *encoder, const rl_film_facts *facts) {
    const rl_av *av = encoder->av;
    AVDictionary *options = NULL;
    encoder->stream = av->avformat_new_stream(encoder->format, NULL);
    encoder->frame = av->av_frame_alloc();
    encoder->packet = av->av_packet_alloc();
    if (!encoder->stream || !encoder->frame || !encoder->packet)
        return rl_fail_memory(encoder->ctx, 1);
    encoder->stream->time_base = encoder->codec->time_base;
    encoder->stream->avg_frame_rate = encoder->codec->framerate;
    encoder->format->flags |= AVFMT_FLAG_BITEXACT;
    int error = av->avcodec_parameters_from_context(encoder->stream->codecpar, encoder->codec);
    if (error >= 0)
        error = av->av_dict_set(&encoder->stream->metadata, "handler_name", MARK, 0);
    if (error >= 0)
        error = av->av_dict_set(&encoder->format->metadata, "title", MARK, 0);
    if (error >= 0)
        error = av->avio_open(&encoder->format->pb, encoder->format->url, AVIO_FLAG_WRITE);
    if (error >= 0)
        error = av->av_dict_set(&options, "movflags", "+faststart", 0);
    if (error >= 0)
        error = av->avformat_write_header(encoder->format, &options);
    av->av_dict_free(&options);
    encoder->header = error >= 0;
    if (error < 0)
        return fail(encoder, error, "opening the film");
    encoder->frame->format = AV_PIX_FMT_YUV420P;
    encoder->frame->width = facts->width;
    encoder->frame->height = facts->height;
    error = av->av_frame_get_buffer(encoder->frame, 0);
    return error < 0 ? fail(encoder, error, "opening the film") : RELIEF_OK;
}

/* As a URL, or a colon in a folder's name would be taken for a protocol. */
static relief_status open_format(rl_encoder *encoder, const char *format) {
    char *url = rl_format("file:%s", rl_output_temporary_path(encoder->output));
    if (!url)
        return rl_fail_memory(encoder->ctx, 1);
    const int error =
        encoder->av->avformat_alloc_output_context2(&encoder->format, NULL, format, url);
    rl_free(url);
    return error < 0 ? fail(encoder, error, "opening the film") : RELIEF_OK;
}

static relief_status start(relief_ctx *ctx, const rl_film_facts *facts, const choice *choices,
                           int count, rl_encoder **out) {
    const choice *chosen;
    const AVCodec *codec = find_codec(choices, count, &chosen);
    const bool mp4 = choices == MP4_CHOICES;
    void *block;
    if (!codec && !rl_av_load())
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: libavformat and libavcodec are not installed here (use .gif or .png)",
                       facts->path);
    if (!codec)
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: this machine's libavcodec has no encoder for %s (use %s)", facts->path,
                       mp4 ? "H.264" : "VP9 or AV1", mp4 ? ".webm or .gif" : ".mp4 or .gif");
    if (strcmp(facts->path, "-") == 0)
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "standard output takes .y4m alone");
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_encoder), &block);
    if (status)
        return status;
    rl_encoder *encoder = block;
    encoder->ctx = ctx;
    encoder->av = rl_av_load();
    encoder->av->av_log_set_level(AV_LOG_QUIET);
    status = rl_output_open(ctx, facts->path, facts->force, &encoder->output);
    if (!status) {
        status = open_format(encoder, mp4 ? "mp4" : "webm");
    }
    if (!status)
        status = open_codec(encoder, codec, chosen->settings, facts);
    if (!status)
        status = open_file(encoder, facts);
    if (status) {
        discard(encoder);
        return status;
    }
    *out = encoder;
    return RELIEF_OK;
}

static relief_status start_mp4(relief_ctx *ctx, const rl_film_facts *facts, rl_encoder **out) {
    return start(ctx, facts, MP4_CHOICES, MP4_COUNT, out);
}

static relief_status start_webm(relief_ctx *ctx, const rl_film_facts *facts, rl_encoder **out) {
    return start(ctx, facts, WEBM_CHOICES, WEBM_COUNT, out);
}

/* Hand a frame (NULL: there are no more) to the encoder, and write what comes out of it. */
static relief_status encode(rl_encoder *encoder, const AVFrame *frame) {
    const rl_av *av = encoder->av;
    int error = av->avcodec_send_frame(encoder->codec, frame);
    while (error >= 0) {
        error = av->avcodec_receive_packet(encoder->codec, encoder->packet);
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF)
            return RELIEF_OK;
        if (error < 0)
            break;
        av->av_packet_rescale_ts(encoder->packet, encoder->codec->time_base,
                                 encoder->stream->time_base);
        encoder->packet->duration =
            av->av_rescale_q(1, encoder->codec->time_base, encoder->stream->time_base);
        encoder->packet->stream_index = encoder->stream->index;
        error = av->av_interleaved_write_frame(encoder->format, encoder->packet);
        if (error >= 0 && encoder->format->pb->error < 0)
            error = encoder->format->pb->error;
    }
    return fail(encoder, error, "encoding");
}

static relief_status put(rl_encoder *encoder, const uint8_t *rgba) {
    AVFrame *frame = encoder->frame;
    const int error = encoder->av->av_frame_make_writable(frame);
    if (error < 0)
        return fail(encoder, error, "encoding");
    const rl_planes planes = {.data = {frame->data[0], frame->data[1], frame->data[2]},
                              .row = {frame->linesize[0], frame->linesize[1], frame->linesize[2]}};
    rl_planes_fill(encoder->ctx, rgba, frame->width, frame->height, &planes);
    frame->pts = encoder->next++;
    return encode(encoder, frame);
}

static relief_status commit(rl_encoder *encoder) {
    relief_status status = encode(encoder, NULL);
    if (!status) {
        int error = encoder->av->av_write_trailer(encoder->format);
        if (error >= 0 && encoder->format->pb->error < 0)
            error = encoder->format->pb->error;
        const int closed = encoder->av->avio_closep(&encoder->format->pb);
        error = error < 0 ? error : closed;
        status = error < 0 ? fail(encoder, error, "finishing the film") : RELIEF_OK;
    }
    if (!status) {
        status = rl_output_commit(encoder->output);
        encoder->output = NULL;
    }
    discard(encoder);
    return status;
}

const rl_encoder_kind rl_encoder_mp4 = {.ending = ".mp4",
                                        .contents = "H.264",
                                        .most_side = 1920,
                                        .rate = 30,
                                        .find = find_mp4,
                                        .open = start_mp4,
                                        .put = put,
                                        .commit = commit,
                                        .abort = discard};
const rl_encoder_kind rl_encoder_webm = {.ending = ".webm",
                                         .contents = "VP9 or AV1",
                                         .most_side = 1920,
                                         .rate = 30,
                                         .find = find_webm,
                                         .open = start_webm,
                                         .put = put,
                                         .commit = commit,
                                         .abort = discard};
