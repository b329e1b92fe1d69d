// Runs the jitter buffer in virtual time over traces of packet arrivals, on real Opus packets:
//   jitter_replay [option=value]... SPEECH.wav TRACE.csv...
// Every trace runs at four phases of the 10 ms tick, the first second is skipped. Prints
// one JSON object a trace. Delays are above the least delay of the trace's network. Options: preset
// (meeting), min, max, start (ms), tradeoff (ms per %). moving=1 is for clocks that drift for long:
// delays are above the least of the same second, at one phase, as drift passes all of them.
#include <opus/opus.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "emodel.hpp"
#include "jitter_buffer.hpp"
#include "jitter_packets.hpp"

namespace {

using namespace jitter_bench;

struct Result {
  double mean_ms = 0, p95_ms = 0, concealed = 0, events = 0, inserted = 0, removed = 0, skipped = 0,
         target_ms = 0, us_per_packet = 0, bare_us_per_packet = 0;
};

constexpr size_t kMostPackets = 15000;  // other ones; then they come again

Result run(const Trace& trace, const Packets& packets, const jitter::TargetDelay::Config& config,
           double phase_ms, bool moving) {
  jitter::JitterBuffer buffer(jitter::make_opus_decoder(1), config);
  std::vector<std::pair<double, size_t>> order;
  std::map<int64_t, double> least;  // by the second, or one for all
  const auto second = [&](double ms) { return moving ? static_cast<int64_t>(ms / 1000) : 0; };
  for (size_t k = 0; k < trace.size(); ++k) {
    const double arrival = trace[k].arrive_ms;
    if (arrival < 0) continue;
    order.emplace_back(arrival, k);
    double& fastest = least.emplace(second(arrival), 1e9).first->second;
    fastest = std::min(fastest, arrival - trace[k].send_ms);
  }
  std::stable_sort(order.begin(), order.end());
  const auto ns = [](double ms) { return static_cast<int64_t>(std::llround(ms * 1e6)); };
  Result result;
  std::vector<double> delays;
  std::vector<float> out(480);
  size_t next = 0, ticks = 0;
  jitter::Statistics before;
  std::chrono::nanoseconds spent{};
  const double begin = std::ceil(order[0].first / 10) * 10 + phase_ms;
  bool skipped_first = false;
  for (double now = begin; now < order.back().first - 20; now += 10) {
    const auto started = std::chrono::steady_clock::now();
    while (next < order.size() && order[next].first <= now) {
      const size_t k = order[next].second;
      buffer.insert({1, static_cast<uint16_t>(kFirstSequence + k),
                     static_cast<uint32_t>(kFirstTimestamp + static_cast<int64_t>(k) * 960),
                     packets[k % packets.size()]},
                    ns(order[next].first));
      ++next;
    }
    buffer.pull(out, ns(now));
    spent += std::chrono::steady_clock::now() - started;
    if (now < 1000) continue;
    if (!skipped_first) {
      skipped_first = true;
      before = buffer.statistics();
      continue;
    }
    ++ticks;
    // The buffer's own base may differ from the trace's: measured by the media that was played.
    delays.push_back(now - static_cast<double>(buffer.played_media() - kFirstTimestamp) / 48 -
                     least.at(second(now)));
    result.target_ms += static_cast<double>(buffer.statistics().target_delay_ns) / 1e6;
  }
  const auto& after = buffer.statistics();
  const double total = static_cast<double>(after.total_samples - before.total_samples);
  for (const double delay : delays) result.mean_ms += delay / static_cast<double>(delays.size());
  std::sort(delays.begin(), delays.end());
  result.p95_ms = delays[std::min(delays.size() - 1, delays.size() * 95 / 100)];
  result.concealed =
      static_cast<double>(after.concealed_samples - before.concealed_samples) / total;
  result.events = static_cast<double>(after.concealment_events - before.concealment_events);
  result.inserted = static_cast<double>(after.inserted_samples - before.inserted_samples) / total;
  result.removed = static_cast<double>(after.removed_samples - before.removed_samples) / total;
  result.skipped = static_cast<double>(after.skipped_samples - before.skipped_samples) / total;
  result.target_ms /= static_cast<double>(ticks);
  result.us_per_packet =
      static_cast<double>(spent.count()) / 1000 / static_cast<double>(order.size());
  return result;
}

// Decoding alone, of the packets that came, in order: what the buffer's work is measured against.
double bare_decode_us(const Trace& trace, const Packets& packets) {
  int error = 0;
  OpusDecoder* decoder = opus_decoder_create(48000, 1, &error);
  std::vector<float> out(5760);
  size_t count = 0;
  const auto started = std::chrono::steady_clock::now();
  for (size_t k = 0; k < trace.size(); ++k) {
    if (trace[k].arrive_ms < 0) continue;
    const auto& packet = packets[k % packets.size()];
    count += opus_decode_float(decoder, packet.data(), static_cast<opus_int32>(packet.size()),
                               out.data(), static_cast<int>(out.size()), 0) > 0;
  }
  const std::chrono::nanoseconds spent = std::chrono::steady_clock::now() - started;
  opus_decoder_destroy(decoder);
  return static_cast<double>(spent.count()) / 1000 / static_cast<double>(count);
}

}  // namespace

int main(int argc, char** argv) try {
  std::map<std::string, std::string> options;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    const size_t equals = text.find('=');
    if (equals != std::string::npos) {
      options[text.substr(0, equals)] = text.substr(equals + 1);
    } else {
      files.push_back(text);
    }
  }
  if (files.size() < 2)
    throw std::runtime_error("jitter_replay [option=value]... SPEECH.wav TRACE.csv...");
  jitter::TargetDelay::Config config;
  if (options["preset"] == "meeting") config = jitter::TargetDelay::meeting();
  const auto ms = [&](const char* name, int64_t& value) {
    if (options.count(name)) value = static_cast<int64_t>(std::stod(options[name]) * 1e6);
  };
  ms("min", config.min_ns);
  ms("max", config.max_ns);
  ms("start", config.start_ns);
  if (options.count("tradeoff")) config.tradeoff_ms_per_percent = std::stod(options["tradeoff"]);
  const bool moving = options.count("moving") > 0;
  const std::vector<double> phases =
      moving ? std::vector<double>{0} : std::vector<double>{0, 2.5, 5, 7.5};
  const auto speech = read_speech(files[0]);
  Packets packets;
  for (size_t f = 1; f < files.size(); ++f) {
    const auto trace = read_trace(files[f]);
    const size_t count = std::min(trace.size(), kMostPackets);
    if (packets.size() < count) packets = encode(speech, count);
    Result sum;
    const auto runs = static_cast<double>(phases.size());
    for (const double phase : phases) {
      const Result one = run(trace, packets, config, phase, moving);
      sum.mean_ms += one.mean_ms / runs;
      sum.p95_ms += one.p95_ms / runs;
      sum.concealed += one.concealed / runs;
      sum.events += one.events / runs;
      sum.inserted += one.inserted / runs;
      sum.removed += one.removed / runs;
      sum.skipped += one.skipped / runs;
      sum.target_ms += one.target_ms / runs;
      // The least of them: what else the machine does only adds to it.
      if (phase == 0 || one.us_per_packet < sum.us_per_packet)
        sum.us_per_packet = one.us_per_packet;
      const double bare = bare_decode_us(trace, packets);
      if (phase == 0 || bare < sum.bare_us_per_packet) sum.bare_us_per_packet = bare;
    }
    std::printf(
        "{\"name\": \"%s\", \"mean_ms\": %.1f, \"p95_ms\": %.1f, \"concealed\": %.5f, \"events\": "
        "%.1f, "
        "\"inserted\": %.4f, \"removed\": %.4f, \"skipped\": %.5f, \"R\": %.2f, \"target_ms\": "
        "%.1f, "
        "\"us_per_packet\": %.1f, \"bare_us_per_packet\": %.1f}\n",
        std::filesystem::path(files[f]).stem().c_str(), sum.mean_ms, sum.p95_ms, sum.concealed,
        sum.events, sum.inserted, sum.removed, sum.skipped,
        jitter::rating(sum.mean_ms, 100 * sum.concealed), sum.target_ms, sum.us_per_packet,
        sum.bare_us_per_packet);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "jitter_replay: %s\n", error.what());
  return 1;
}
