// What mixing a block of 10 ms costs in elements: duckingmixer, and GStreamer's own audiomixer.
//   mixer_element SYSTEM INPUTS OUTPUTS BLOCKS ROUNDS   one JSON object
// SYSTEM: duckingmixer; encoders, which is the same with a sharedopusenc behind each output;
// audiomixer; or none: what pushing alone costs, which is in the others, too.
// OUTPUTS: one (a mix of all), minus (for each input one of all others), or a number: mix-minus
// where so many speak, the others only listen (voice-only; duckingmixer's alone).
//
// Sound is 16 bits, 48 kHz, one channel. What is measured is the process's CPU time, all threads. A
// clock that stands still until all have pushed makes duckingmixer, which mixes on the clock, as
// fast as it can be; audiomixer, from which nobody asks for a live stream, is so by itself.
#include <gst/gst.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numbers>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gstpp.hpp"
#include "mixer_drive.hpp"

namespace {

using mixer_drive::kBlock;

constexpr std::size_t kSamples = 480;
constexpr std::size_t kPeriod = 10;  // blocks after which the sound is the same again
constexpr int kWarmUp = 60;          // blocks; then voices are found, and threads run

double cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

struct Case {
  std::string system;
  std::size_t inputs = 0;
  bool minus = false;
  int speakers = -1;  // all

  bool ours() const { return system == "duckingmixer" || system == "encoders"; }
};

// Counts what comes out, at the least cost: this is in what is measured.
class Heard {
 public:
  void add() { heard_.fetch_add(1, std::memory_order_relaxed); }
  void wait(std::uint64_t buffers) const {
    while (heard_ < buffers) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }

 private:
  std::atomic<std::uint64_t> heard_{0};
};

// An input: what it says, to one pad or, where each output has a mixer of its own, to many.
class Speaker {
 public:
  Speaker(int number, double most) {
    std::vector<gint16> samples(kPeriod * kSamples);
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<gint16>(
          most * 32767 *
          std::sin(2 * std::numbers::pi * (200 + 10 * number) * static_cast<double>(i) / 48000));
    for (std::size_t block = 0; block < kPeriod; ++block)
      blocks_.emplace_back(
          gst_buffer_new_memdup(samples.data() + block * kSamples, kSamples * sizeof(gint16)));
  }
  void speak_to(GstPad* to) {
    pads_.push_back(mixer_drive::pusher_into(
        to, "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=1"));
  }
  void say(std::size_t block) {
    now_.reset(gst_buffer_copy(blocks_[block % kPeriod].get()));
    GST_BUFFER_PTS(now_.get()) = block * kBlock;
    GST_BUFFER_DURATION(now_.get()) = kBlock;
  }
  void push(std::size_t to) { gst_pad_push(pads_[to].get(), gstpp::share(now_.get()).release()); }
  std::size_t pads() const { return pads_.size(); }

 private:
  std::vector<gstpp::BufferPtr> blocks_;
  std::vector<gstpp::PadPtr> pads_;
  gstpp::BufferPtr now_;
};

class Room {
 public:
  explicit Room(const Case& asked)
      : asked_(asked),
        pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))),
        clock_(pipeline_.get()),
        listeners_(pipeline_.get(), [this](std::size_t, gstpp::BufferPtr) { heard_.add(); }) {
    for (std::size_t i = 0; i < asked.inputs; ++i) {
      const bool speaks = asked.speakers < 0 || static_cast<int>(i) < asked.speakers;
      // Louder than any noise that a voice is judged by, and below the limiter.
      const double most = asked.speakers < 0 ? 0.5 / static_cast<double>(asked.inputs) : 0.14;
      speakers_.emplace_back(static_cast<int>(i), speaks ? most : 0.0005);
    }
    if (asked.ours())
      make_ours();
    else if (asked.system == "audiomixer")
      make_stock();
    else
      make_none();
  }
  ~Room() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

  void run(int blocks) {
    for (int i = 0; i < blocks; ++i, ++block_) {
      if (asked_.ours()) clock_.wait_for_task();
      speak();
      if (asked_.ours()) clock_.release_task();
    }
    if (asked_.ours()) clock_.wait_for_task();
    // The last one may still be waited for, as what follows it could belong to it.
    if (asked_.system == "audiomixer") heard_.wait((block_ - 1) * listeners_.count());
  }
  // Of the encoder, for a packet of each listener.
  double encoder_runs(int blocks) {
    const guint64 runs = encoded("process-encoded"), packets = encoded("frames");
    run(blocks);
    return static_cast<double>(encoded("process-encoded") - runs) /
           static_cast<double>(std::max<guint64>(encoded("frames") - packets, 1));
  }
  // Mixes of a block, of those behind the warm-up.
  double distinct() {
    const double blocks = static_cast<double>(block_);
    const auto sum = [&] {
      GstStructure* stats = nullptr;
      g_object_get(mixer_, "stats", &stats, nullptr);
      const gstpp::StructurePtr owned{stats};
      gdouble mean = 0;
      gst_structure_get_double(stats, "distinct", &mean);
      return mean * static_cast<double>(gstpp::get_uint64(stats, "blocks", 0));
    };
    const double before = sum();
    run(20);
    return (sum() - before) / (static_cast<double>(block_) - blocks);
  }

 private:
  GstElement* add(const char* factory) {
    const gstpp::ElementPtr handle = gstpp::make_element(factory);
    GstElement* element = handle.get();
    if (!element) {
      std::fprintf(stderr, "mixer_element: no element %s\n", factory);
      std::exit(1);
    }
    gst_bin_add(GST_BIN(pipeline_.get()), element);
    return element;
  }
  static gstpp::PadPtr request(GstElement* element, const std::string& name) {
    return gstpp::PadPtr{gst_element_request_pad_simple(element, name.c_str())};
  }
  void play() { gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING); }

  // One mixer after the other, which is easier for them than one speaker after the other: a mixer's
  // thread wakes once instead of for each of its inputs.
  void speak() {
    for (Speaker& speaker : speakers_) speaker.say(block_);
    if (speakers_[0].pads() == 1) {
      for (Speaker& speaker : speakers_) speaker.push(0);
      return;
    }
    for (std::size_t output = 0; output < speakers_.size(); ++output) {
      for (std::size_t i = 0; i < speakers_.size(); ++i) {
        if (i != output) speakers_[i].push(output < i ? output : output - 1);
      }
    }
  }

  void listen(gstpp::PadPtr from) {
    if (asked_.system == "encoders") {
      GstElement* encoder = add("sharedopusenc");
      gst_util_set_object_arg(G_OBJECT(encoder), "audio-type", "voice");
      g_object_set(encoder, "bitrate", 32000, "complexity", 5, nullptr);
      gst_pad_link(from.get(), gstpp::PadPtr{gst_element_get_static_pad(encoder, "sink")}.get());
      from.reset(gst_element_get_static_pad(encoder, "src"));
      encoder_ = encoder;
    }
    listeners_.take_from(from.get());
  }
  guint64 encoded(const char* field) const {
    GstStructure* stats = nullptr;
    if (encoder_) g_object_get(encoder_, "stats", &stats, nullptr);
    const gstpp::StructurePtr owned{stats};
    return stats ? gstpp::get_uint64(stats, field, 0) : 0;
  }

  void make_ours() {
    GstElement* mixer = mixer_ = add("duckingmixer");
    std::vector<gstpp::PadPtr> inputs;
    for (std::size_t i = 0; i < speakers_.size(); ++i) {
      inputs.push_back(request(mixer, "sink_" + std::to_string(i)));
      gst_util_set_object_arg(G_OBJECT(inputs.back().get()), "duck", "never");
      g_object_set(inputs.back().get(), "voice-only", asked_.speakers >= 0, nullptr);
      if (asked_.minus) listen(request(mixer, "src_" + std::to_string(i)));
    }
    if (!asked_.minus) listen(request(mixer, "src"));
    play();
    for (std::size_t i = 0; i < speakers_.size(); ++i) speakers_[i].speak_to(inputs[i].get());
  }
  void make_stock() {
    std::vector<std::pair<std::size_t, gstpp::PadPtr>> inputs;
    for (std::size_t output = 0; output < (asked_.minus ? speakers_.size() : 1); ++output) {
      GstElement* mixer = add("audiomixer");
      g_object_set(mixer, "output-buffer-duration", kBlock, nullptr);
      for (std::size_t i = 0; i < speakers_.size(); ++i) {
        if (!asked_.minus || i != output) inputs.emplace_back(i, request(mixer, "sink_%u"));
      }
      listeners_.take_from(gstpp::PadPtr{gst_element_get_static_pad(mixer, "src")}.get());
    }
    play();
    for (const auto& [speaker, pad] : inputs) speakers_[speaker].speak_to(pad.get());
  }
  // As many pads that throw all away as audiomixers would have.
  void make_none() {
    GstElement* bin = gst_bin_new("nobody");
    gst_bin_add(GST_BIN(pipeline_.get()), bin);
    std::vector<GstPad*> pads;
    for (std::size_t i = 0; i < speakers_.size(); ++i) {
      for (std::size_t k = 0; k < (asked_.minus ? speakers_.size() - 1 : 1); ++k) {
        GstPad* pad = gst_pad_new(("p" + std::to_string(pads.size())).c_str(), GST_PAD_SINK);
        gst_pad_set_chain_function(pad, [](GstPad*, GstObject*, GstBuffer* buffer) {
          gst_buffer_unref(buffer);
          return GST_FLOW_OK;
        });
        gst_element_add_pad(bin, pad);
        pads.push_back(pad);
      }
    }
    play();
    for (std::size_t i = 0; i < pads.size(); ++i)
      speakers_[i * speakers_.size() / pads.size()].speak_to(pads[i]);
  }

  const Case asked_;
  gstpp::ElementPtr pipeline_;
  Heard heard_;
  mixer_drive::StandingClock clock_;
  mixer_drive::Takers listeners_;
  std::vector<Speaker> speakers_;
  std::size_t block_ = 0;
  GstElement* mixer_ = nullptr;
  GstElement* encoder_ = nullptr;  // the last
};

int usage() {
  std::fprintf(
      stderr,
      "usage: mixer_element duckingmixer|encoders|audiomixer|none INPUTS one|minus|SPEAKERS BLOCKS "
      "ROUNDS\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 6) return usage();
  Case asked{.system = argv[1], .inputs = static_cast<std::size_t>(std::atoi(argv[2]))};
  const std::string outputs = argv[3];
  const int blocks = std::atoi(argv[4]), rounds = std::atoi(argv[5]);
  asked.minus = outputs != "one";
  if (asked.minus && outputs != "minus") asked.speakers = std::atoi(outputs.c_str());
  if (asked.inputs < 2 || asked.inputs > 255 || blocks < 2 || rounds < 1) return usage();
  Room room(asked);
  room.run(kWarmUp);
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const double begin = cpu_us();
    room.run(blocks);
    times.push_back((cpu_us() - begin) / blocks);
  }
  std::sort(times.begin(), times.end());
  const double runs = asked.system == "encoders" ? room.encoder_runs(20) : 0;
  const double distinct = asked.ours() ? room.distinct() : 0;
  std::printf(
      "{\"system\": \"%s\", \"inputs\": %zu, \"outputs\": \"%s\", \"us\": %.2f, "
      "\"us-middle\": %.2f, \"distinct\": %.2f, \"encoder-runs\": %.2f}\n",
      argv[1], asked.inputs, argv[3], times.front(), times[times.size() / 2], distinct, runs);
}
