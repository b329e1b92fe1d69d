// In place of prometheus_metrics.cpp where prometheus-cpp is missing.
#include "metrics/prometheus_metrics.hpp"

namespace jackfield {

struct PrometheusMetrics::State {};

PrometheusMetrics::PrometheusMetrics(const std::string&) {}
PrometheusMetrics::~PrometheusMetrics() = default;
bool PrometheusMetrics::available() { return false; }
const char* PrometheusMetrics::content_type() { return "text/plain"; }
void PrometheusMetrics::add_line(const std::string&, const std::string&) {}
void PrometheusMetrics::session_opened(const std::string&) {}
void PrometheusMetrics::session_ended(const std::string&) {}
void PrometheusMetrics::call_over(const std::string&, bool, double) {}
void PrometheusMetrics::interrupted(const std::string&) {}
void PrometheusMetrics::error(const std::string&, const std::string&) {}
std::string PrometheusMetrics::text(const MetricsNow&) const { return {}; }

}  // namespace jackfield
