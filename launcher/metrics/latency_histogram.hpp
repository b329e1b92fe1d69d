// Latencies of one stage: count, extremes, mean and percentiles since the start, and percentiles of
// the last 1000 values. Any thread may call any function; each holds the histogram's lock briefly.
//
// Since the start: log-linear buckets, as in Gil Tene's HdrHistogram. Below 128 ns a bucket is one
// ns wide; above, every power of two is cut into 64 buckets, so a bucket is at most 1/64 of its
// value wide, and its middle, which is reported, at most 1/128 (0.8 %) away from the value. Values
// above 2^42 ns (73 minutes) count as that. 19 KB each, whatever the number of values.
// The last 1000: the values themselves, so these percentiles are exact.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace jackfield {

// All in ns; 0 when there are no values. A percentile is the smallest value that is not below the
// given share of all values (nearest rank).
struct Percentiles {
  std::uint64_t p50 = 0, p95 = 0, p99 = 0;
};

// Of the last values; all exact, the mean up to rounding.
struct RecentLatency : Percentiles {
  std::uint64_t count = 0;
  std::uint64_t min = 0, max = 0;
  std::uint64_t mean = 0;
};

struct LatencySummary {
  std::uint64_t count = 0;
  std::uint64_t min = 0, max = 0;  // exact
  std::uint64_t mean = 0;          // exact up to rounding
  std::uint64_t current = 0;       // the last value
  Percentiles total;               // since the start, within 1 %
  RecentLatency recent;
};

class LatencyHistogram {
 public:
  static constexpr std::size_t kRecent = 1000;

  void add(std::uint64_t ns);
  // As if the other's values had been added here, its recent ones last.
  void merge(const LatencyHistogram& other);
  LatencySummary summary() const;

 private:
  static constexpr unsigned kSubBits = 6;                     // 64 buckets in a power of two
  static constexpr std::uint64_t kLinear = 2ull << kSubBits;  // one bucket a value below this
  static constexpr unsigned kMaxBits = 42;
  static constexpr std::size_t kBuckets = kLinear + ((kMaxBits - kSubBits - 1) << kSubBits) + 1;

  struct Data {
    std::array<std::uint64_t, kBuckets> buckets{};
    std::uint64_t count = 0;
    std::uint64_t min = UINT64_MAX;
    std::uint64_t max = 0;
    double sum = 0.0;
    std::vector<std::uint64_t> recent;
    std::size_t next = 0;  // where the next recent value goes, once the vector is full
  };

  static std::size_t bucket_of(std::uint64_t ns);
  static std::uint64_t middle_of(std::size_t bucket);
  static std::uint64_t percentile(const Data& data, double share);
  static void add_recent(Data& data, std::uint64_t ns);
  static RecentLatency recent_of(std::vector<std::uint64_t> values);

  mutable std::mutex lock_;
  Data data_;  // guarded by lock_
};

}  // namespace jackfield
