/* SPDX-License-Identifier: Apache-2.0 */
/* libavformat, libavcodec and libavutil, loaded when the first film is made: they bring some sixty
 * other libraries, which nothing else that relief does should have to wait for. */
#ifndef RELIEF_VIDEO_AV_LIBRARY_H
#define RELIEF_VIDEO_AV_LIBRARY_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>

/* X(library, function): all that is called. */
#define RL_AV_FUNCTIONS(X)                                                                         \
    X(RL_AV_UTIL, av_dict_free)                                                                    \
    X(RL_AV_UTIL, av_dict_parse_string)                                                            \
    X(RL_AV_UTIL, av_dict_set)                                                                     \
    X(RL_AV_UTIL, av_frame_alloc)                                                                  \
    X(RL_AV_UTIL, av_frame_free)                                                                   \
    X(RL_AV_UTIL, av_frame_get_buffer)                                                             \
    X(RL_AV_UTIL, av_frame_make_writable)                                                          \
    X(RL_AV_UTIL, av_log_set_level)                                                                \
    X(RL_AV_UTIL, av_rescale_q)                                                                    \
    X(RL_AV_UTIL, av_strerror)                                                                     \
    X(RL_AV_CODEC, av_packet_alloc)                                                                \
    X(RL_AV_CODEC, av_packet_free)                                                                 \
    X(RL_AV_CODEC, av_packet_rescale_ts)                                                           \
    X(RL_AV_CODEC, avcodec_alloc_context3)                                                         \
    X(RL_AV_CODEC, avcodec_find_encoder)                                                           \
    X(RL_AV_CODEC, avcodec_find_encoder_by_name)                                                   \
    X(RL_AV_CODEC, avcodec_free_context)                                                           \
    X(RL_AV_CODEC, avcodec_open2)                                                                  \
    X(RL_AV_CODEC, avcodec_parameters_from_context)                                                \
    X(RL_AV_CODEC, avcodec_receive_packet)                                                         \
    X(RL_AV_CODEC, avcodec_send_frame)                                                             \
    X(RL_AV_FORMAT, av_interleaved_write_frame)                                                    \
    X(RL_AV_FORMAT, av_write_trailer)                                                              \
    X(RL_AV_FORMAT, avformat_alloc_output_context2)                                                \
    X(RL_AV_FORMAT, avformat_free_context)                                                         \
    X(RL_AV_FORMAT, avformat_new_stream)                                                           \
    X(RL_AV_FORMAT, avformat_write_header)                                                         \
    X(RL_AV_FORMAT, avio_closep)                                                                   \
    X(RL_AV_FORMAT, avio_open)

#define RL_AV_MEMBER(library, function) __typeof__(function) *function;

typedef struct rl_av {
    RL_AV_FUNCTIONS(RL_AV_MEMBER)
} rl_av;

/* The libraries of the versions that this was compiled with; NULL where they are not installed.
 * Any thread. */
const rl_av *rl_av_load(void);

#endif
