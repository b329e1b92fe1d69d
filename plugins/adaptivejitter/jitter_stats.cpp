#include "jitter_stats.hpp"

#include <algorithm>

#include "emodel.hpp"

namespace jitter {

GstStructure* make_stats(const JitterBuffer* buffer, double frame_work_ns) {
  const Statistics s = buffer ? buffer->statistics() : Statistics{};
  const int rate = buffer ? buffer->rate() : 48000;
  const double p95_ns = buffer ? buffer->delay_percentile_ns(0.95) : 0;
  const auto seconds = [&](double samples) { return samples / rate; };
  const double mean_ns =
      s.emitted_samples ? s.delay_sum_ns / static_cast<double>(s.emitted_samples) : 0;
  const double concealed = s.total_samples ? static_cast<double>(s.concealed_samples) /
                                                 static_cast<double>(s.total_samples)
                                           : 0;
  return gst_structure_new(
      "application/x-adaptivejitter-stats",
      // As in the W3C's RTCInboundRtpStreamStats: seconds and samples.
      "jitterBufferDelay", G_TYPE_DOUBLE, s.delay_sum_ns / 1e9, "jitterBufferTargetDelay",
      G_TYPE_DOUBLE, s.target_sum_ns / 1e9, "jitterBufferEmittedCount", G_TYPE_UINT64,
      s.emitted_samples, "totalSamplesReceived", G_TYPE_UINT64, s.total_samples,
      "totalSamplesDuration", G_TYPE_DOUBLE, seconds(static_cast<double>(s.total_samples)),
      "concealedSamples", G_TYPE_UINT64, s.concealed_samples, "silentConcealedSamples",
      G_TYPE_UINT64, s.silent_concealed_samples, "concealmentEvents", G_TYPE_UINT64,
      s.concealment_events, "insertedSamplesForDeceleration", G_TYPE_UINT64, s.inserted_samples,
      "removedSamplesForAcceleration", G_TYPE_UINT64, s.removed_samples, "packetsReceived",
      G_TYPE_UINT64, s.packets_received, "packetsLost", G_TYPE_INT64, s.packets_lost,
      "packetsDiscarded", G_TYPE_UINT64, s.packets_discarded, "fecPacketsReceived", G_TYPE_UINT64,
      s.fec_packets_received, "fecPacketsDiscarded", G_TYPE_UINT64,
      s.fec_packets_received - s.fec_packets_used, "interruptionCount", G_TYPE_UINT64,
      s.interruptions, "totalInterruptionDuration", G_TYPE_DOUBLE,
      static_cast<double>(s.interruption_ns) / 1e9,
      // Ours: ns, counts and a rating.
      "delay", G_TYPE_UINT64, static_cast<guint64>(std::max<int64_t>(0, s.current_delay_ns)),
      "target-delay", G_TYPE_UINT64, static_cast<guint64>(s.target_delay_ns), "mean-delay",
      G_TYPE_UINT64, static_cast<guint64>(std::max(0.0, mean_ns)), "p95-delay", G_TYPE_UINT64,
      static_cast<guint64>(p95_ns), "frame-work", G_TYPE_UINT64,
      static_cast<guint64>(frame_work_ns), "R", G_TYPE_DOUBLE,
      rating(mean_ns / 1e6, 100 * concealed), "packets-duplicated", G_TYPE_UINT64,
      s.packets_duplicated, "packets-reordered", G_TYPE_UINT64, s.packets_reordered,
      "packets-damaged", G_TYPE_UINT64, s.packets_damaged, "fec-packets-used", G_TYPE_UINT64,
      s.fec_packets_used, "skipped-samples", G_TYPE_UINT64, s.skipped_samples, "comfort-samples",
      G_TYPE_UINT64, s.comfort_samples, "restarts", G_TYPE_UINT64, s.restarts, "rtp-timestamp",
      G_TYPE_UINT, static_cast<guint>(buffer ? buffer->played_media() : 0), nullptr);
}

}  // namespace jitter
