// Places Twilio calls on a server that echoes them, and measures what they cost it. The calls'
// frames fall due evenly over the 20 ms; one thread carries all of them.
// tests/bench/twilio_bench.py runs it; by hand:
//
//   twilio_load --port 8080 --voice /twilio/voice --calls 100 --pid $(pidof jackfield)
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "load_call.hpp"
#include "process_usage.hpp"
#include "simulate/core/json_writer.hpp"

namespace bench {
namespace {

constexpr Nanoseconds kMs = 1'000'000;
constexpr Nanoseconds kSecond = 1000 * kMs;
constexpr Nanoseconds kPeriod = 20 * kMs;
constexpr Nanoseconds kRampSlack = 20 * kSecond;  // for all calls to run, beyond their own rate
constexpr Nanoseconds kLastEcho = kSecond;        // what has not come back by then never will
// With so many calls a frame is due every 100 us or oftener. To sleep until each would cost more
// than to send it: those of this time go out together, and answers are looked for as often.
constexpr std::size_t kManyCalls = 200;
constexpr Nanoseconds kLeastSleep = kMs / 5;
// Sockets served between two looks at the clock.
constexpr int kBatch = 8;

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
      calls_.push_back(std::make_unique<LoadCall>(i, options_.target, audio, measured_));
    polled_.resize(calls_.size());
    const auto frames = static_cast<std::size_t>(options.seconds * 51) * calls_.size();
    measured_.rtt_ms.reserve(frames);
    lateness_ms_.reserve(frames);
  }

  // Empty, or what went wrong.
  std::string run() {
    usage_idle_ = usage_of(options_.pid);
    start_ = now_ns();
    const auto ns = [](double seconds) { return static_cast<Nanoseconds>(seconds * 1e9); };
    if (std::string problem = ramp(); !problem.empty()) return problem;
    loop(now_ns() + ns(options_.settle), true);

    for (auto& call : calls_) call->begin_measuring();
    measured_.measuring = true;
    const Nanoseconds measured_since = now_ns();
    const std::int64_t busy_before = busy_ns_of_processor(options_.processor);
    const ProcessUsage before = usage_of(options_.pid);
    const ProcessUsage own_before = usage_of(getpid());
    loop(measured_since + ns(options_.seconds), true);
    measured_.measuring = false;
    for (auto& call : calls_) call->end_measuring();
    usage_ = usage_of(options_.pid);
    own_ns_ = usage_of(getpid()).cpu_ns - own_before.cpu_ns;
    busy_ns_ = busy_before < 0 ? -1 : busy_ns_of_processor(options_.processor) - busy_before;
    measured_ns_ = now_ns() - measured_since;
    subtract(usage_, before);

    const Nanoseconds end = now_ns() + kLastEcho;
    while (now_ns() < end && !std::all_of(calls_.begin(), calls_.end(),
                                          [](const auto& call) { return call->all_returned(); }))
      loop(now_ns() + kPeriod, false);
    std::string problem = first_problem();
    for (auto& call : calls_) call->settle();
    for (auto& call : calls_) call->stop();
    loop(now_ns() + 5 * kPeriod, false);
    return problem;
  }

  std::string report() {
    jackfield::simulate::JsonWriter json;
    const double seconds = static_cast<double>(measured_ns_) * 1e-9;
    const auto calls = static_cast<double>(calls_.size());
    const auto frames = static_cast<double>(std::max<std::uint64_t>(measured_.frames_sent, 1));
    json.begin_object().member("calls", options_.calls).member("seconds", seconds);
    json.member("frames-sent", measured_.frames_sent);
    json.member("frames-returned", static_cast<std::uint64_t>(measured_.rtt_ms.size()));
    json.member("frames-lost", (measured_.bytes_lost + kFrame - 1) / kFrame);
    json.member("cut-ms", static_cast<double>(measured_.bytes_cut) / 8);
    json.member("foreign-bytes", measured_.foreign_bytes);
    json.member("messages-received", measured_.messages).member("marks-echoed", measured_.marks);
    write(json, "rtt-ms", distribution(measured_.rtt_ms));
    write(json, "own-lateness-ms", distribution(lateness_ms_));
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
  static double mb(std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; }
  double percent(std::int64_t ns) const {
    return 100 * static_cast<double>(ns) / static_cast<double>(measured_ns_);
  }

  static void subtract(ProcessUsage& usage, const ProcessUsage& before) {
    usage.cpu_ns -= before.cpu_ns;
    usage.waits -= std::min(usage.waits, before.waits);
    usage.preemptions -= std::min(usage.preemptions, before.preemptions);
    for (const auto& [thread, waits] : before.waits_by_thread) {
      std::uint64_t& now = usage.waits_by_thread[thread];
      now -= std::min(now, waits);
    }
  }

  static void write(jackfield::simulate::JsonWriter& json, const char* name,
                    const Distribution& d) {
    json.key(name).begin_object().member("p50", d.p50).member("p95", d.p95);
    json.member("p99", d.p99).member("max", d.max).end_object();
  }

  std::string first_problem() const {
    for (const auto& call : calls_)
      if (!call->problem().empty()) return call->problem();
    return {};
  }

  // Begins the calls one after the other and waits until all of them run.
  std::string ramp() {
    const auto step = static_cast<Nanoseconds>(1e9 / options_.rate);
    const Nanoseconds end = start_ + step * options_.calls + kRampSlack;
    std::size_t begun = 0;
    for (;;) {
      const Nanoseconds now = now_ns();
      while (begun < calls_.size() && now >= start_ + static_cast<Nanoseconds>(begun) * step) {
        calls_[begun]->begin();
        poll(begun++);
      }
      loop(now + kMs, true);
      if (std::string problem = first_problem(); !problem.empty()) return problem;
      const auto running = std::count_if(calls_.begin(), calls_.end(), [](const auto& call) {
        return call->state() == LoadCall::State::kRunning;
      });
      if (running == options_.calls) return {};
      if (now > end)
        return "only " + std::to_string(running) + " of " + std::to_string(options_.calls) +
               " calls were answered";
    }
  }

  // Registers a socket that is new or wants something else than before.
  void poll(std::size_t index) {
    LoadCall& call = *calls_[index];
    const bool fresh = call.socket_changed();
    if (call.state() == LoadCall::State::kClosed) return;
    const std::uint32_t wanted = EPOLLIN | (call.wants_write() ? std::uint32_t{EPOLLOUT} : 0U);
    if (!fresh && wanted == polled_[index]) return;
    epoll_event event{};
    event.events = polled_[index] = wanted;
    event.data.u64 = index;
    epoll_ctl(epoll_, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, call.fd(), &event);
  }

  // The frame `slot` belongs to call slot % calls.
  Nanoseconds due(std::uint64_t slot) const {
    const std::uint64_t calls = calls_.size();
    return start_ + static_cast<Nanoseconds>(slot / calls) * kPeriod +
           kPeriod * static_cast<Nanoseconds>(slot % calls) / static_cast<Nanoseconds>(calls);
  }

  void send_what_is_due() {
    for (Nanoseconds now = now_ns(); due(slot_) <= now; now = now_ns()) {
      const std::size_t index = slot_ % calls_.size();
      const Nanoseconds late = now - due(slot_++);
      LoadCall& call = *calls_[index];
      if (call.state() != LoadCall::State::kRunning) continue;
      if (measured_.measuring)
        lateness_ms_.push_back(static_cast<float>(static_cast<double>(late) * 1e-6));
      call.send_frame();
      poll(index);
    }
  }

  void send_or_skip(bool send) {
    if (send) return send_what_is_due();
    while (due(slot_) <= now_ns()) ++slot_;
  }

  // Marks come back in the order in which their audio ends, call by call.
  void echo_marks() {
    const Nanoseconds now = now_ns();
    next_mark_ = now + kPeriod;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Nanoseconds mark = calls_[i]->next_mark();
      if (mark < 0) continue;
      if (mark <= now) {
        calls_[i]->echo_marks(now);
        poll(i);
      } else {
        next_mark_ = std::min(next_mark_, mark);
      }
    }
    // Not more often than each millisecond.
    next_mark_ = std::max(next_mark_, now + kMs);
  }

  void loop(Nanoseconds until, bool send) {
    epoll_event events[256];
    for (Nanoseconds now = now_ns(); now < until; now = now_ns()) {
      send_or_skip(send);
      if (now >= next_mark_) echo_marks();
      const Nanoseconds wake = std::min({until, due(slot_), next_mark_});
      const Nanoseconds least = calls_.size() >= kManyCalls ? kLeastSleep : 0;
      const Nanoseconds rest = std::max(least, wake - now_ns());
      if (least > 0) {
        // Not in epoll, which would return with the first answer.
        const timespec nap{rest / kSecond, rest % kSecond};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, nullptr);
        send_or_skip(send);
      }
      const Nanoseconds wait = least > 0 ? 0 : rest;
      const timespec timeout{wait / kSecond, wait % kSecond};
      const int count = epoll_pwait2(epoll_, events, 256, &timeout, nullptr);
      for (int i = 0; i < count; ++i) {
        const auto index = static_cast<std::size_t>(events[i].data.u64);
        LoadCall& call = *calls_[index];
        if (events[i].events & EPOLLOUT) call.on_writable();
        if (events[i].events & ~std::uint32_t{EPOLLOUT}) call.on_readable();
        if (call.state() == LoadCall::State::kClosed)
          epoll_ctl(epoll_, EPOLL_CTL_DEL, call.fd(), nullptr);
        poll(index);
        if (send && i % kBatch == kBatch - 1) send_what_is_due();
      }
    }
  }

  const Options& options_;
  Measured measured_;
  std::vector<std::unique_ptr<LoadCall>> calls_;
  std::vector<std::uint32_t> polled_;
  std::vector<float> lateness_ms_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  Nanoseconds start_ = 0;
  std::uint64_t slot_ = 0;
  Nanoseconds next_mark_ = 0;
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
