// From the bytes of an RTP packet to the jitter buffer.
#pragma once

#include <gst/rtp/gstrtpbuffer.h>

#include "jitter_buffer.hpp"

namespace jitter {

// What is no RTP, or whose extension, contributing sources or padding do not fit into it, is
// counted as damaged. now_ns: of arrival, on the clock of JitterBuffer::pull().
inline void insert_rtp(JitterBuffer& buffer, GstBuffer* packet, int64_t now_ns) {
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  if (!gst_rtp_buffer_map(packet, GST_MAP_READ, &rtp)) {
    buffer.count_damaged();
    return;
  }
  const auto* payload = static_cast<const uint8_t*>(gst_rtp_buffer_get_payload(&rtp));
  buffer.insert({gst_rtp_buffer_get_ssrc(&rtp),
                 gst_rtp_buffer_get_seq(&rtp),
                 gst_rtp_buffer_get_timestamp(&rtp),
                 {payload, gst_rtp_buffer_get_payload_len(&rtp)}},
                now_ns);
  gst_rtp_buffer_unmap(&rtp);
}

}  // namespace jitter
