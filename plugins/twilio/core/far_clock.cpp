#include "far_clock.hpp"

#include <algorithm>
#include <cmath>

namespace twilio {

void FarClock::forget() { first_ = points_ = 0; }

void FarClock::restart() {
  forget();
  skew_ = 0;
  read_ = false;
}

int64_t FarClock::observe(int64_t end_ns, int64_t now_ns) {
  const Point seen{end_ns, now_ns - end_ns};
  if (points_ == 0) {
    first_ = 0;
    ring_[0] = seen;
    points_ = 1;
    point_begin_ = now_ns;
    origin_ = end_ns;
    level_ = static_cast<double>(seen.offset);
    return 0;
  }
  if (now_ns - point_begin_ >= kPointNs) {
    fit();  // all that the newest point can show is known
    if (points_ == kMaxPoints) {
      first_ = (first_ + 1) % kMaxPoints;
      --points_;
    }
    ring_[(first_ + points_++) % kMaxPoints] = seen;
    point_begin_ = now_ns;
  } else {
    // Measured by the line, so that with a slow clock the first frame is not always the fastest.
    Point& newest = ring_[(first_ + points_ - 1) % kMaxPoints];
    if (above_line(seen) < above_line(newest)) newest = seen;
  }
  const double late = above_line(seen);
  if (late < 0) level_ += late;
  return std::llround(std::max(late, 0.0));
}

double FarClock::above_line(const Point& p) const {
  return static_cast<double>(p.offset) - line_at(p.end);
}

double FarClock::line_at(int64_t end) const {
  return level_ + skew_ * static_cast<double>(end - origin_);
}

void FarClock::fit() {
  origin_ = point(0).end;
  const auto x = [this](size_t i) { return static_cast<double>(point(i).end - origin_); };
  const auto y = [this](size_t i) { return static_cast<double>(point(i).offset); };
  const int64_t span = point(points_ - 1).end - origin_;
  if (span >= kLeastSpan) {
    // The lower hull, from left to right.
    std::array<size_t, kMaxPoints> hull{};
    size_t size = 0;
    double mean = 0;
    for (size_t i = 0; i < points_; ++i) {
      mean += x(i) / static_cast<double>(points_);
      while (size >= 2) {
        const size_t a = hull[size - 2];
        const size_t b = hull[size - 1];
        if ((y(b) - y(a)) * (x(i) - x(b)) < (y(i) - y(b)) * (x(b) - x(a))) break;
        --size;
      }
      hull[size++] = i;
    }
    size_t right = 1;
    while (right + 1 < size && x(hull[right]) < mean) ++right;
    const double run = x(hull[right]) - x(hull[right - 1]);
    const double found = run > 0 ? (y(hull[right]) - y(hull[right - 1])) / run : skew_;
    const double most = span >= kSureSpan ? kMaxSkewStep : kMaxSkew;
    skew_ = std::clamp(skew_ + std::clamp(found - skew_, -most, most), -kMaxSkew, kMaxSkew);
  }
  level_ = y(0);
  for (size_t i = 1; i < points_; ++i) level_ = std::min(level_, y(i) - skew_ * x(i));
}

int64_t FarClock::read(int64_t at_ns) {
  const double wanted = line_at(at_ns);
  if (!read_) {
    read_ = true;
    read_offset_ = wanted;
    read_at_ = at_ns;
  }
  const auto passed = static_cast<double>(std::max<int64_t>(at_ns - read_at_, 0));
  read_offset_ += skew_ * passed;
  const double error = wanted - read_offset_;
  error_ = std::llround(error);
  const double most = kMaxSlew * passed;
  read_offset_ += std::clamp(error * std::min(1.0, passed / kSettling), -most, most);
  read_at_ = std::max(read_at_, at_ns);
  return at_ns + std::llround(read_offset_);
}

}  // namespace twilio
