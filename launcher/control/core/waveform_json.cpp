#include "control/core/waveform_json.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace jackfield {
namespace {

constexpr int kSteps = 10000;  // four decimals

// -32768 to 32767 as -1 to 1; without the locale's decimal point.
void add_sample(std::string& text, std::int16_t sample) {
  const int value = (sample * kSteps + (sample < 0 ? -16384 : 16384)) / 32768;
  const int size = std::abs(value);
  if (value < 0) text += '-';
  text += size >= kSteps ? '1' : '0';
  int rest = size % kSteps;
  if (rest == 0) return;
  text += '.';
  for (int digit = kSteps / 10; rest > 0; digit /= 10) {
    text += static_cast<char>('0' + rest / digit);
    rest %= digit;
  }
}

template <typename Value>
void add_list(std::string& text, const char* name, const Envelope& envelope, Value value) {
  text += ",\"";
  text += name;
  text += "\":[";
  bool first = true;
  for (const Envelope::Range& range : envelope.ranges) {
    if (!first) text += ',';
    first = false;
    add_sample(text, value(range));
  }
  text += ']';
}

}  // namespace

std::string waveform_json(double seconds, std::span<const Envelope> channels) {
  constexpr std::array<const char*, 2> kNames{"caller", "agent"};
  const auto ms = static_cast<long long>(std::llround(seconds * 1000));
  char head[64];
  std::snprintf(head, sizeof head, "{\"seconds\":%lld.%03lld,\"channels\":[", ms / 1000, ms % 1000);
  std::string text = head;
  for (std::size_t c = 0; c < channels.size() && c < kNames.size(); ++c) {
    if (c > 0) text += ',';
    text += "{\"name\":\"" + std::string{kNames[c]} + "\"";
    add_list(text, "low", channels[c], [](const Envelope::Range& range) { return range.low; });
    add_list(text, "high", channels[c], [](const Envelope::Range& range) { return range.high; });
    text += '}';
  }
  return text + "]}\n";
}

}  // namespace jackfield
