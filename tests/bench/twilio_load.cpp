// Places Twilio calls on a server that echoes them, and measures what they cost it. The calls'
// frames fall due evenly over the 20 ms; one thread carries all of them.
// tests/bench/twilio_bench.py runs it; by hand:
//
//   twilio_load --port 8080 --voice /twilio/voice --calls 100 --pid $(pidof jackfield)
#include <getopt.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "load_loop.hpp"
#include "process_usage.hpp"
#include "simulate/core/json_writer.hpp"

namespace bench {
namespace {

constexpr Nanoseconds kLastEcho = kSecond;  // what has not come back by then never will

constexpr char kUsage[] =
    R"(usage: twilio_load --port PORT (--voice PATH | --media PATH) [options]

  --host ADDRESS     IPv4 address of the server (127.0.0.1)
  --port PORT
  --voice PATH       post the voice webhook there and follow its answer
  --media PATH       open the media stream there, without a webhook
  --calls N          (1)
  --rate N           calls begun per second (100)
  --settle SECONDS   between the last call's begin and the measurement (2)
  --seconds SECONDS  measured (10)
  --audio FILE.wav   what callers say, may be given more than once (noise)
  --pid PID          the server's process, for CPU time and memory
  --processor N      the server's processor, to tell what else ran on it

Prints the result as JSON. Exit codes: 0 measured, 1 a call failed, 2 usage.
)";

struct Options {
  Target target{.host = "127.0.0.1", .port = 0, .voice_path = {}, .media_path = {}};
  int calls = 1;
  double rate = 100;
  double settle = 2;
  double seconds = 10;
  std::vector<std::string> audio;
  pid_t pid = 0;
  int processor = -1;
};

struct Distribution {
  std::size_t count;
  double p50, p95, p99, max;
};

// Nearest rank.
Distribution distribution(std::vector<float>& values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) -> double {
    if (values.empty()) return 0;
    const auto rank =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return static_cast<double>(values[std::max<std::size_t>(rank, 1) - 1]);
  };
  return {values.size(), at(0.5), at(0.95), at(0.99), at(1)};
}

class Load {
 public:
  Load(const Options& options, const LineAudio& audio) : options_(options) {
    for (int i = 0; i < options.calls; ++i)
      loop_.add(std::make_unique<LoadCall>(i, options_.target, audio, measured_));
    measured_.rtt_ms.reserve(frames());
  }

  // Empty, or what went wrong.
  std::string run() {
    usage_idle_ = usage_of(options_.pid);
    const auto ns = [](double seconds) { return static_cast<Nanoseconds>(seconds * 1e9); };
    if (std::string problem = loop_.ramp(options_.rate); !problem.empty()) return problem;
    loop_.run(now_ns() + ns(options_.settle), true);

    const LoadLoop::Calls& calls = loop_.calls();
    for (auto& call : calls) call->begin_measuring();
    measured_.measuring = true;
    loop_.watch_lateness(frames());
    const Nanoseconds measured_since = now_ns();
    const std::int64_t busy_before = busy_ns_of_processor(options_.processor);
    const ProcessUsage before = usage_of(options_.pid);
    const ProcessUsage own_before = usage_of(getpid());
    loop_.run(measured_since + ns(options_.seconds), true);
    measured_.measuring = false;
    loop_.end_watching();
    for (auto& call : calls) call->end_measuring();
    usage_ = usage_of(options_.pid);
    own_ns_ = usage_of(getpid()).cpu_ns - own_before.cpu_ns;
    busy_ns_ = busy_before < 0 ? -1 : busy_ns_of_processor(options_.processor) - busy_before;
    measured_ns_ = now_ns() - measured_since;
    usage_.subtract(before);

    const Nanoseconds end = now_ns() + kLastEcho;
    while (now_ns() < end && !std::all_of(calls.begin(), calls.end(),
                                          [](const auto& call) { return call->all_returned(); }))
      loop_.run(now_ns() + kPeriod, false);
    std::string problem = loop_.first_problem();
    for (auto& call : calls) call->settle();
    loop_.stop();
    return problem;
  }

  std::string report() {
    jackfield::simulate::JsonWriter json;
    const double seconds = static_cast<double>(measured_ns_) * 1e-9;
    const auto calls = static_cast<double>(loop_.calls().size());
    const auto frames = static_cast<double>(std::max<std::uint64_t>(measured_.frames_sent, 1));
    json.begin_object().member("calls", options_.calls).member("seconds", seconds);
    json.member("frames-sent", measured_.frames_sent);
    json.member("frames-returned", static_cast<std::uint64_t>(measured_.rtt_ms.size()));
    json.member("frames-lost", (measured_.bytes_lost + kFrame - 1) / kFrame);
    json.member("cut-ms", static_cast<double>(measured_.bytes_cut) / 8);
    json.member("foreign-bytes", measured_.foreign_bytes);
    json.member("messages-received", measured_.messages).member("marks-echoed", measured_.marks);
    write(json, "rtt-ms", distribution(measured_.rtt_ms));
    write(json, "own-lateness-ms", distribution(loop_.lateness_ms()));
    json.member("own-cpu-percent", percent(own_ns_));
    json.key("server").begin_object();
    json.member("cpu-percent", percent(usage_.cpu_ns));
    json.member("cpu-percent-per-call", percent(usage_.cpu_ns) / calls);
    json.member("cpu-us-per-frame", static_cast<double>(usage_.cpu_ns) * 1e-3 / frames);
    json.member(
        "others-on-its-processor-percent",
        busy_ns_ < 0 ? std::nan("") : percent(std::max<std::int64_t>(0, busy_ns_ - usage_.cpu_ns)));
    json.member("rss-mb", mb(usage_.rss_bytes)).member("rss-idle-mb", mb(usage_idle_.rss_bytes));
    json.member("rss-mb-per-call", mb(usage_.rss_bytes - usage_idle_.rss_bytes) / calls);
    json.member("threads", usage_.threads);
    json.member("waits-per-frame", static_cast<double>(usage_.waits) / frames);
    json.member("preemptions-per-frame", static_cast<double>(usage_.preemptions) / frames);
    json.key("waits-per-second").begin_object();
    for (const auto& [thread, waits] : usage_.waits_by_thread) {
      if (waits > 0) json.member(thread, static_cast<double>(waits) / seconds);
    }
    json.end_object().end_object().end_object();
    return json.text();
  }

 private:
  std::size_t frames() const {
    return static_cast<std::size_t>(options_.seconds * 51 * options_.calls);
  }
  static double mb(std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; }
  double percent(std::int64_t ns) const {
    return 100 * static_cast<double>(ns) / static_cast<double>(measured_ns_);
  }

  static void write(jackfield::simulate::JsonWriter& json, const char* name,
                    const Distribution& d) {
    json.key(name).begin_object().member("p50", d.p50).member("p95", d.p95);
    json.member("p99", d.p99).member("max", d.max).end_object();
  }

  const Options& options_;
  Measured measured_;
  LoadLoop loop_;
  ProcessUsage usage_idle_;
  ProcessUsage usage_;
  std::int64_t own_ns_ = 0;
  std::int64_t busy_ns_ = -1;
  Nanoseconds measured_ns_ = 1;
};

int usage_error(const std::string& text) {
  std::fprintf(stderr, "twilio_load: %s\n%s", text.c_str(), kUsage);
  return 2;
}

int run(int argc, char** argv) {
  Options options;
  enum {
    kHost = 1,
    kPort,
    kVoice,
    kMedia,
    kCalls,
    kRate,
    kSettle,
    kSeconds,
    kAudio,
    kPid,
    kCpu,
    kHelp
  };
  const option longs[] = {{"host", 1, nullptr, kHost},     {"port", 1, nullptr, kPort},
                          {"voice", 1, nullptr, kVoice},   {"media", 1, nullptr, kMedia},
                          {"calls", 1, nullptr, kCalls},   {"rate", 1, nullptr, kRate},
                          {"settle", 1, nullptr, kSettle}, {"seconds", 1, nullptr, kSeconds},
                          {"audio", 1, nullptr, kAudio},   {"pid", 1, nullptr, kPid},
                          {"processor", 1, nullptr, kCpu}, {"help", 0, nullptr, kHelp},
                          {nullptr, 0, nullptr, 0}};
  for (int c; (c = getopt_long(argc, argv, "", longs, nullptr)) != -1;) {
    switch (c) {
      case kHost:
        options.target.host = optarg;
        break;
      case kPort:
        options.target.port = static_cast<std::uint16_t>(std::atoi(optarg));
        break;
      case kVoice:
        options.target.voice_path = optarg;
        break;
      case kMedia:
        options.target.media_path = optarg;
        break;
      case kCalls:
        options.calls = std::atoi(optarg);
        break;
      case kRate:
        options.rate = std::atof(optarg);
        break;
      case kSettle:
        options.settle = std::atof(optarg);
        break;
      case kSeconds:
        options.seconds = std::atof(optarg);
        break;
      case kAudio:
        options.audio.emplace_back(optarg);
        break;
      case kPid:
        options.pid = std::atoi(optarg);
        break;
      case kCpu:
        options.processor = std::atoi(optarg);
        break;
      case kHelp:
        std::printf("%s", kUsage);
        return 0;
      default:
        return usage_error("wrong option");
    }
  }
  if (optind < argc) return usage_error(std::string{"what is "} + argv[optind] + "?");
  if (options.target.port == 0 ||
      options.target.voice_path.empty() == options.target.media_path.empty())
    return usage_error("--port and one of --voice and --media are needed");
  if (options.calls < 1 || options.calls > 100'000 || options.rate <= 0 || options.seconds <= 0)
    return usage_error("--calls, --rate and --seconds have to be positive");

  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  // Sleep to the point: the kernel may otherwise add 50 us.
  prctl(PR_SET_TIMERSLACK, 1);

  std::string error;
  auto audio = options.audio.empty() ? LineAudio::noise() : LineAudio::speech(options.audio, error);
  if (!audio) {
    std::fprintf(stderr, "twilio_load: %s\n", error.c_str());
    return 2;
  }
  Load load{options, *audio};
  const std::string problem = load.run();
  if (!problem.empty()) {
    std::fprintf(stderr, "twilio_load: %s\n", problem.c_str());
    return 1;
  }
  std::printf("%s\n", load.report().c_str());
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run(argc, argv); }
