#include "metrics/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace jackfield {
namespace {

// Number of the value (from 1) that is the percentile, by nearest rank.
std::uint64_t rank_of(double share, std::uint64_t count) {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count)));
  return std::clamp<std::uint64_t>(rank, 1, count);
}

}  // namespace

std::size_t LatencyHistogram::bucket_of(std::uint64_t ns) {
  if (ns < kLinear) return static_cast<std::size_t>(ns);
  if (ns >> kMaxBits) return kBuckets - 1;
  const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - kSubBits - 1;
  const std::uint64_t sub = (ns >> shift) - (1u << kSubBits);  // 0 to 63
  return static_cast<std::size_t>(kLinear + ((shift - 1ull) << kSubBits) + sub);
}

std::uint64_t LatencyHistogram::middle_of(std::size_t bucket) {
  if (bucket < kLinear) return bucket;
  if (bucket == kBuckets - 1) return 1ull << kMaxBits;
  const std::uint64_t index = bucket - kLinear;
  const auto shift = static_cast<unsigned>(index >> kSubBits) + 1;
  const std::uint64_t sub = (index & ((1u << kSubBits) - 1)) + (1u << kSubBits);
  return (sub << shift) + (1ull << shift) / 2;
}

void LatencyHistogram::add_recent(Data& data, std::uint64_t ns) {
  if (data.recent.size() < kRecent) {
    data.recent.push_back(ns);
    return;
  }
  data.recent[data.next] = ns;
  data.next = (data.next + 1) % kRecent;
}

void LatencyHistogram::add(std::uint64_t ns) {
  std::lock_guard guard(lock_);
  ++data_.buckets[bucket_of(ns)];
  ++data_.count;
  data_.min = std::min(data_.min, ns);
  data_.max = std::max(data_.max, ns);
  data_.sum += static_cast<double>(ns);
  add_recent(data_, ns);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  // A copy first: two histograms that are merged into each other must not wait for each other.
  Data theirs;
  {
    std::lock_guard guard(other.lock_);
    theirs = other.data_;
  }
  std::lock_guard guard(lock_);
  for (std::size_t i = 0; i < kBuckets; ++i) data_.buckets[i] += theirs.buckets[i];
  data_.count += theirs.count;
  data_.min = std::min(data_.min, theirs.min);
  data_.max = std::max(data_.max, theirs.max);
  data_.sum += theirs.sum;
  for (std::size_t i = 0; i < theirs.recent.size(); ++i) {
    add_recent(data_, theirs.recent[(theirs.next + i) % theirs.recent.size()]);
  }
}

std::uint64_t LatencyHistogram::percentile(const Data& data, double share) {
  const std::uint64_t rank = rank_of(share, data.count);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += data.buckets[i];
    if (seen >= rank) return std::clamp(middle_of(i), data.min, data.max);
  }
  return data.max;
}

RecentLatency LatencyHistogram::recent_of(std::vector<std::uint64_t> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(rank_of(share, values.size())) - 1];
  };
  double sum = 0;
  for (const std::uint64_t value : values) sum += static_cast<double>(value);
  return {{at(0.50), at(0.95), at(0.99)},
          values.size(),
          values.front(),
          values.back(),
          static_cast<std::uint64_t>(std::llround(sum / static_cast<double>(values.size())))};
}

LatencySummary LatencyHistogram::summary() const {
  Data data;
  {
    std::lock_guard guard(lock_);
    data = data_;
  }
  LatencySummary s;
  if (data.count == 0) return s;
  s.count = data.count;
  s.min = data.min;
  s.max = data.max;
  s.mean = static_cast<std::uint64_t>(std::llround(data.sum / static_cast<double>(data.count)));
  s.total = {percentile(data, 0.50), percentile(data, 0.95), percentile(data, 0.99)};
  const std::size_t last = data.recent.size() < kRecent ? data.recent.size() : data.next + kRecent;
  s.current = data.recent[(last - 1) % kRecent];
  s.recent = recent_of(std::move(data.recent));
  return s;
}

}  // namespace jackfield
