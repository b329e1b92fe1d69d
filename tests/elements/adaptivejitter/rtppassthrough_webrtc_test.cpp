// A call between two webrtcbins over loopback: rtppassthrough inside them, adaptivejitter behind.
#define GST_USE_UNSTABLE_API
#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <numbers>
#include <string>
#include <thread>

#include "gstpp.hpp"
#include "jitter_packets.hpp"

namespace {

using gstpp::ElementPtr;
using gstpp::PadPtr;

template <typename F>
bool wait_for(F&& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

// One side of a call: says a tone, and listens for that of the other side.
class Peer {
 public:
  Peer(int says_hz, int hears_hz) : hears_hz_(hears_hz) {
    const std::string launch =
        "audiotestsrc is-live=true samplesperbuffer=480 volume=0.5 freq=" +
        std::to_string(says_hz) +
        " ! audio/x-raw,rate=48000,channels=1 ! opusenc inband-fec=true ! rtpopuspay pt=111 ! "
        "application/x-rtp,media=audio,encoding-name=OPUS,payload=111 ! webrtcbin name=webrtc "
        "latency=0 bundle-policy=max-bundle";
    pipeline_.reset(
        static_cast<GstElement*>(gst_object_ref_sink(gst_parse_launch(launch.c_str(), nullptr))));
    webrtc_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "webrtc"));
    GObject* agent = nullptr;
    g_object_get(webrtc_.get(), "ice-agent", &agent, nullptr);
    gboolean added = FALSE;
    g_signal_emit_by_name(agent, "add-local-ip-address", "127.0.0.1", &added);
    EXPECT_TRUE(added);
    g_object_unref(agent);
    const ElementPtr rtpbin{gst_bin_get_by_name(GST_BIN(webrtc_.get()), "rtpbin")};
    g_signal_connect(rtpbin.get(), "request-jitterbuffer",
                     G_CALLBACK(+[](GstElement*, guint, Peer* self) -> GstElement* {
                       ++self->requested_;
                       return gst_element_factory_make("rtppassthrough", nullptr);
                     }),
                     this);
    g_signal_connect(webrtc_.get(), "pad-added", G_CALLBACK(pad_added), this);
  }
  ~Peer() { stop(); }
  void stop() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }
  void play() { gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING); }

  GstElement* webrtc() { return webrtc_.get(); }
  GstElement* pipeline() { return pipeline_.get(); }
  int requested() const { return requested_; }
  int heard() const { return heard_; }  // frames with the other side's tone
  guint64 stat(const char* field) {
    const ElementPtr jitter{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "jitter")};
    if (!jitter) return 0;
    GstStructure* raw = nullptr;
    g_object_get(jitter.get(), "stats", &raw, nullptr);
    const gstpp::StructurePtr stats{raw};
    return gstpp::get_uint64(stats.get(), field, 0);
  }

 private:
  static void pad_added(GstElement*, GstPad* pad, Peer* self) {
    if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
    GstElement* jitter = gst_element_factory_make("adaptivejitter", "jitter");
    GstElement* sink = gst_element_factory_make("fakesink", nullptr);
    g_object_set(sink, "sync", TRUE, "async", FALSE, "signal-handoffs", TRUE, nullptr);
    g_signal_connect(sink, "handoff", G_CALLBACK(frame), self);
    gst_bin_add_many(GST_BIN(self->pipeline_.get()), jitter, sink, nullptr);
    EXPECT_TRUE(gst_element_link(jitter, sink));
    const PadPtr into{gst_element_get_static_pad(jitter, "sink")};
    EXPECT_EQ(gst_pad_link(pad, into.get()), GST_PAD_LINK_OK);
    gst_element_sync_state_with_parent(sink);
    gst_element_sync_state_with_parent(jitter);
  }
  // The share of one tone in a frame's power, by Goertzel's sum.
  static void frame(GstElement*, GstBuffer* buffer, GstPad*, Peer* self) {
    gstpp::MappedBuffer map(buffer, GST_MAP_READ);
    const auto samples = map.as<const gint16>();
    double re = 0, im = 0, power = 0;
    for (size_t i = 0; i < samples.size(); ++i) {
      const double at = 2 * std::numbers::pi * self->hears_hz_ * static_cast<double>(i) / 48000;
      const double value = samples[i] / 32768.0;
      re += value * std::cos(at);
      im += value * std::sin(at);
      power += value * value;
    }
    const double count = static_cast<double>(samples.size());
    const bool tone = power / count > 0.01 && 2 * (re * re + im * im) / count > 0.8 * power;
    self->heard_ += tone;
  }

  int hears_hz_;
  ElementPtr pipeline_, webrtc_;
  std::atomic<int> requested_{0}, heard_{0};
};

// The two negotiate by calling each other; each step follows when the one before is done.
class Call {
 public:
  Call() {
    trickle(caller, callee);
    trickle(callee, caller);
    g_signal_connect(caller.webrtc(), "on-negotiation-needed",
                     G_CALLBACK(+[](GstElement* webrtc, Call* self) {
                       if (self->offered_.exchange(true)) return;
                       g_signal_emit_by_name(webrtc, "create-offer", nullptr, self->then(offered));
                     }),
                     this);
  }
  Peer caller{600, 1000}, callee{1000, 600};

 private:
  using Step = void (*)(GstPromise*, Call*);
  GstPromise* then(Step step) {
    return gst_promise_new_with_change_func(reinterpret_cast<GstPromiseChangeFunc>(step), this,
                                            nullptr);
  }
  static void trickle(Peer& from, Peer& to) {
    g_signal_connect(from.webrtc(), "on-ice-candidate",
                     G_CALLBACK(+[](GstElement*, guint line, gchar* candidate, GstElement* other) {
                       g_signal_emit_by_name(other, "add-ice-candidate", line, candidate);
                     }),
                     to.webrtc());
  }
  static GstWebRTCSessionDescription* description(GstPromise* promise, const char* field) {
    GstWebRTCSessionDescription* found = nullptr;
    gst_structure_get(gst_promise_get_reply(promise), field, GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
                      &found, nullptr);
    gst_promise_unref(promise);
    EXPECT_TRUE(found) << field;
    return found;
  }
  static void offered(GstPromise* promise, Call* self) {
    auto* offer = description(promise, "offer");
    if (!offer) return;
    g_signal_emit_by_name(self->caller.webrtc(), "set-local-description", offer, nullptr);
    g_signal_emit_by_name(self->callee.webrtc(), "set-remote-description", offer,
                          self->then(+[](GstPromise* set, Call* call) {
                            gst_promise_unref(set);
                            g_signal_emit_by_name(call->callee.webrtc(), "create-answer", nullptr,
                                                  call->then(answered));
                          }));
    gst_webrtc_session_description_free(offer);
  }
  static void answered(GstPromise* promise, Call* self) {
    auto* answer = description(promise, "answer");
    if (!answer) return;
    g_signal_emit_by_name(self->callee.webrtc(), "set-local-description", answer, nullptr);
    g_signal_emit_by_name(self->caller.webrtc(), "set-remote-description", answer, nullptr);
    gst_webrtc_session_description_free(answer);
  }
  std::atomic<bool> offered_{false};
};

TEST(RtpPassthroughWebrtc, ACallCarriesVoiceBothWays) {
  gst_init(nullptr, nullptr);
  for (const char* name : {"webrtcbin", "nicesrc", "dtlsdec", "srtpdec"}) {
    // By its factory: libnice's plugin has a version of its own.
    const gstpp::ObjectPtr<GstElementFactory> factory{gst_element_factory_find(name)};
    if (!factory) GTEST_SKIP() << "no " << name;
  }
  Call call;
  call.callee.play();
  call.caller.play();
  // Two seconds of each other's voice.
  EXPECT_TRUE(wait_for([&] { return call.caller.heard() >= 100 && call.callee.heard() >= 100; }))
      << call.caller.heard() << ", " << call.callee.heard();
  for (Peer* peer : {&call.caller, &call.callee}) {
    EXPECT_EQ(peer->requested(), 1);
    EXPECT_GE(peer->stat("packetsReceived"), 100U);
    EXPECT_EQ(peer->stat("packets-damaged"), 0U);
    EXPECT_EQ(peer->stat("restarts"), 0U);
    // webrtcbin reads the statistics of what stands in for its jitter buffer.
    GstPromise* promise = gst_promise_new();
    g_signal_emit_by_name(peer->webrtc(), "get-stats", nullptr, promise);
    EXPECT_EQ(gst_promise_wait(promise), GST_PROMISE_RESULT_REPLIED);
    gst_promise_unref(promise);
  }
  call.caller.stop();
  call.callee.stop();
}

}  // namespace
