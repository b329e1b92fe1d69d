#include "metrics/table.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace jackfield {
namespace {

// Columns a terminal shows for UTF-8 text of single-width letters.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// "0.42", "7.1", "712": three digits say enough. Independent of the locale.
std::string milliseconds(std::uint64_t ns) {
  if (ns >= 99'950'000) return std::to_string((ns + 500'000) / 1'000'000);
  const bool tenths = ns >= 9'995'000;
  const std::uint64_t unit = tenths ? 100'000 : 10'000;
  const std::uint64_t scale = tenths ? 10 : 100;
  const std::uint64_t value = (ns + unit / 2) / unit;
  std::string fraction = std::to_string(value % scale);
  if (!tenths && fraction.size() < 2) fraction.insert(0, "0");
  return std::to_string(value / scale) + "." + fraction;
}

std::string json_text(const std::string& text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

void add_percentiles(std::string& out, const Percentiles& p) {
  out += "\"p50\":" + std::to_string(p.p50) + ",\"p95\":" + std::to_string(p.p95) +
         ",\"p99\":" + std::to_string(p.p99);
}

}  // namespace

std::string latency_table(std::span<const StageLatency> stages) {
  using Row = std::array<std::string, 6>;
  std::vector<Row> rows{{"stage (ms)", "n", "p50", "p95", "p99", "max"}};
  for (const StageLatency& s : stages) {
    const LatencySummary& v = s.summary;
    if (v.count == 0) {
      rows.push_back({s.stage, "0", "-", "-", "-", "-"});
      continue;
    }
    rows.push_back({s.stage, std::to_string(v.count), milliseconds(v.total.p50),
                    milliseconds(v.total.p95), milliseconds(v.total.p99), milliseconds(v.max)});
  }
  std::array<std::size_t, 6> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width_of(row[i]), ' ');
      out += i == 0 ? row[i] + padding : "  " + padding + row[i];
    }
    out += '\n';
  }
  return out;
}

std::string latency_json(std::span<const StageLatency> stages) {
  std::string out = "{\"unit\":\"ns\",\"stages\":[";
  for (const StageLatency& s : stages) {
    if (out.back() == '}') out += ',';
    const LatencySummary& v = s.summary;
    out += "{\"stage\":" + json_text(s.stage) + ",\"count\":" + std::to_string(v.count) +
           ",\"min\":" + std::to_string(v.min) + ",\"mean\":" + std::to_string(v.mean) +
           ",\"max\":" + std::to_string(v.max) + ",";
    add_percentiles(out, v.total);
    out += ",\"recent\":{";
    add_percentiles(out, v.recent);
    out += "}}";
  }
  return out + "]}";
}

}  // namespace jackfield
