// The routes of figures: latencies as JSON, and /metrics for Prometheus. Main thread.
#pragma once

#include "control/control_parts.hpp"
#include "control/event_socket.hpp"
#include "control/metrics_feed.hpp"

namespace jackfield {

struct MetricsParts {
  const LatencyMonitor& latencies;
  const PrometheusMetrics& metrics;
  const MetricsFeed& feed;
  const EventSocket& events;
};

// All must outlive the router.
void add_metrics_routes(ApiRouter& router, const ControlParts& parts, const MetricsParts& metrics);

}  // namespace jackfield
