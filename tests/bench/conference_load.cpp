// Callers of a conference: some speak, all listen, and what each says and hears is written down
// with its time, to the nanosecond. tests/bench/conference_seats.py runs it and reads what it
// wrote.
#include <getopt.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "load_loop.hpp"
#include "process_usage.hpp"
#include "simulate/core/json_writer.hpp"

namespace bench {
namespace {

constexpr char kUsage[] =
    R"(usage: conference_load --port PORT --out FOLDER [options]

  --port PORT        of the server on 127.0.0.1; its voice webhook is /twilio/voice
  --out FOLDER       for each call N said-N.mulaw (of those who speak) and heard-N.mulaw, and for each
                     of the two .times: pairs of 64-bit numbers, time in ns and bytes of a message
  --calls N          (2)
  --speakers N       how many of them speak (1); the others' lines are quiet
  --audio FILE.wav   what they say, one after the other, each from another place; more than once
  --settle SECONDS   between the last call's begin and the measurement (2)
  --seconds SECONDS  measured (10)
  --pid PID          the server's process, for CPU time and memory
)";

struct Options {
  Target target{.host = "127.0.0.1", .port = 0, .voice_path = "/twilio/voice", .media_path = {}};
  std::string out;
  int calls = 2;
  int speakers = 1;
  double settle = 2;
  double seconds = 10;
  std::vector<std::string> audio;
  pid_t pid = 0;
};

// What was heard or said while it was measured.
class Notes {
 public:
  void add(std::span<const std::uint8_t> mulaw, Nanoseconds now) {
    audio_.append(reinterpret_cast<const char*>(mulaw.data()), mulaw.size());
    times_.push_back(now);
    times_.push_back(static_cast<std::int64_t>(mulaw.size()));
  }
  bool write(const std::string& name) const {
    std::ofstream audio(name + ".mulaw", std::ios::binary);
    audio << audio_;
    std::ofstream times(name + ".times", std::ios::binary);
    times.write(reinterpret_cast<const char*>(times_.data()),
                static_cast<std::streamsize>(times_.size() * sizeof times_[0]));
    return audio.flush() && times.flush();
  }

 private:
  std::string audio_;
  std::vector<std::int64_t> times_;
};

class Seat : public Ear {
 public:
  Seat(bool speaks, const bool& measuring) : speaks_(speaks), measuring_(measuring) {}
  void said(std::span<const std::uint8_t> mulaw, Nanoseconds now) override {
    if (measuring_ && speaks_) said_.add(mulaw, now);
  }
  void heard(std::span<const std::uint8_t> mulaw, Nanoseconds now) override {
    if (measuring_) heard_.add(mulaw, now);
  }
  bool write(const std::string& folder, std::size_t number) const {
    const std::string end = "-" + std::to_string(number);
    return heard_.write(folder + "/heard" + end) &&
           (!speaks_ || said_.write(folder + "/said" + end));
  }

 private:
  const bool speaks_;
  const bool& measuring_;
  Notes said_;
  Notes heard_;
};

std::string measure(const Options& options, const LineAudio& speech, std::string& report) {
  const LineAudio quiet = LineAudio::quiet_line();
  Measured measured;
  LoadLoop loop;
  std::vector<std::unique_ptr<Seat>> seats;
  const ProcessUsage idle = usage_of(options.pid);
  for (int i = 0; i < options.calls; ++i) {
    const bool speaks = i < options.speakers;
    seats.push_back(std::make_unique<Seat>(speaks, measured.measuring));
    loop.add(std::make_unique<LoadCall>(i, options.target, speaks ? speech : quiet, measured,
                                        seats.back().get()));
  }
  if (std::string problem = loop.ramp(20); !problem.empty()) return problem;
  const auto ns = [](double seconds) { return static_cast<Nanoseconds>(seconds * 1e9); };
  loop.run(now_ns() + ns(options.settle), true);

  const Nanoseconds since = now_ns();
  const ProcessUsage before = usage_of(options.pid);
  const ProcessUsage own_before = usage_of(getpid());
  measured.measuring = true;
  loop.watch_lateness(static_cast<std::size_t>(options.seconds * 51 * options.calls));
  loop.run(since + ns(options.seconds), true);
  loop.end_watching();
  ProcessUsage used = usage_of(options.pid);
  ProcessUsage own = usage_of(getpid());
  const auto measured_ns = static_cast<double>(now_ns() - since);
  used.subtract(before);
  own.subtract(own_before);
  std::string problem = loop.first_problem();
  measured.measuring = false;
  loop.stop();
  if (!problem.empty()) return problem;

  for (std::size_t i = 0; i < seats.size(); ++i)
    if (!seats[i]->write(options.out, i)) return "cannot write into " + options.out;
  const auto percent = [&](std::int64_t time) {
    return 100 * static_cast<double>(time) / measured_ns;
  };
  jackfield::simulate::JsonWriter json;
  json.begin_object().member("calls", options.calls).member("speakers", options.speakers);
  json.member("seconds", measured_ns * 1e-9).member("messages-received", measured.messages);
  json.key("own-lateness-ms").begin_array();
  for (const float late : loop.lateness_ms()) json.value(static_cast<double>(late));
  json.end_array().member("own-cpu-percent", percent(own.cpu_ns));
  json.key("server").begin_object().member("cpu-percent", percent(used.cpu_ns));
  json.member("rss-mb", static_cast<double>(used.rss_bytes) / 1e6);
  json.member("rss-mb-per-seat",
              static_cast<double>(used.rss_bytes - idle.rss_bytes) / 1e6 / options.calls);
  json.member("threads", used.threads);
  json.member("waits-per-second", static_cast<double>(used.waits) / measured_ns * 1e9);
  json.key("waits-by-thread").begin_object();
  for (const auto& [thread, waits] : used.waits_by_thread)
    if (waits > 0) json.member(thread, static_cast<double>(waits) / measured_ns * 1e9);
  json.end_object().end_object().end_object();
  report = json.text();
  return {};
}

int usage_error(const std::string& text) {
  std::fprintf(stderr, "conference_load: %s\n%s", text.c_str(), kUsage);
  return 2;
}

int run(int argc, char** argv) {
  Options options;
  enum { kPort = 1, kOut, kCalls, kSpeakers, kAudio, kSettle, kSeconds, kPid, kHelp };
  const option longs[] = {{"port", 1, nullptr, kPort},       {"out", 1, nullptr, kOut},
                          {"calls", 1, nullptr, kCalls},     {"speakers", 1, nullptr, kSpeakers},
                          {"audio", 1, nullptr, kAudio},     {"settle", 1, nullptr, kSettle},
                          {"seconds", 1, nullptr, kSeconds}, {"pid", 1, nullptr, kPid},
                          {"help", 0, nullptr, kHelp},       {nullptr, 0, nullptr, 0}};
  for (int c; (c = getopt_long(argc, argv, "", longs, nullptr)) != -1;) {
    if (c == kPort)
      options.target.port = static_cast<std::uint16_t>(std::atoi(optarg));
    else if (c == kOut)
      options.out = optarg;
    else if (c == kCalls)
      options.calls = std::atoi(optarg);
    else if (c == kSpeakers)
      options.speakers = std::atoi(optarg);
    else if (c == kAudio)
      options.audio.emplace_back(optarg);
    else if (c == kSettle)
      options.settle = std::atof(optarg);
    else if (c == kSeconds)
      options.seconds = std::atof(optarg);
    else if (c == kPid)
      options.pid = std::atoi(optarg);
    else if (c == kHelp)
      return std::printf("%s", kUsage), 0;
    else
      return usage_error("wrong option");
  }
  if (optind < argc) return usage_error(std::string{"what is "} + argv[optind] + "?");
  if (options.target.port == 0 || options.out.empty() || options.audio.empty())
    return usage_error("--port, --out and --audio are needed");
  if (options.calls < 1 || options.calls > 1000 || options.speakers < 1 ||
      options.speakers > options.calls || options.seconds <= 0)
    return usage_error("--calls, --speakers and --seconds are out of range");
  signal(SIGPIPE, SIG_IGN);
  // Sleep to the point: the kernel may otherwise add 50 us.
  prctl(PR_SET_TIMERSLACK, 1);

  std::string error;
  const auto speech = LineAudio::speech(options.audio, error);
  std::string report;
  if (!speech || !(error = measure(options, *speech, report)).empty()) {
    std::fprintf(stderr, "conference_load: %s\n", error.c_str());
    return 1;
  }
  std::printf("%s\n", report.c_str());
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run(argc, argv); }
