// Every format through a stream's life, in virtual time: silence, audio, a hole, a flush, NULL and
// another start; and formats that change on the way.
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "jitter_packets.hpp"

namespace {

using jitter_test::encoded;
using jitter_test::level;
using jitter_test::Packets;

struct Format {
  const char* name;
  const char* encoder;  // what is behind the tone
  int rate;
  size_t channels;
  double left, right;  // peaks of the tone
};
constexpr Format kFormats[] = {
    {"opus", "opusenc frame-size=%u inband-fec=true ! rtpopuspay", 48000, 1, 0.5, 0.5},
    {"opus_stereo",
     "audiopanorama method=simple panorama=0.6 ! opusenc frame-size=%u bitrate=96000 ! rtpopuspay",
     48000, 2, 0.2, 0.5},
    {"pcmu", "mulawenc ! rtppcmupay min-ptime=%u000000 max-ptime=%u000000", 8000, 1, 0.5, 0.5},
    {"pcma", "alawenc ! rtppcmapay min-ptime=%u000000 max-ptime=%u000000", 8000, 1, 0.5, 0.5},
    {"mulaw", "mulawenc", 8000, 1, 0.5, 0.5},
    {"alaw", "alawenc", 8000, 1, 0.5, 0.5},
};

// Three seconds of a tone of 300 Hz, half of full scale.
Packets tone(const Format& format, guint packet_ms) {
  std::string encoder = format.encoder;
  for (size_t at; (at = encoder.find("%u")) != std::string::npos;)
    encoder.replace(at, 2, std::to_string(packet_ms));
  const int samples = format.rate / 1000 * static_cast<int>(packet_ms);
  return encoded("audiotestsrc freq=300 volume=0.5 samplesperbuffer=" + std::to_string(samples) +
                 " num-buffers=" + std::to_string(3000 / packet_ms) +
                 " ! audio/x-raw,channels=1,rate=" + std::to_string(format.rate) + " ! " + encoder);
}

class JitterFormats : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void start(guint frame_ms) {
    harness_.reset(gst_harness_new("adaptivejitter"));
    g_object_set(harness_->element, "frame-duration", guint64{frame_ms} * GST_MSECOND, nullptr);
    gst_harness_use_testclock(harness_.get());
    clock_.reset(GST_CLOCK(gst_harness_get_testclock(harness_.get())));
    frame_ms_ = frame_ms;
  }
  void use(const Packets& packets, guint packet_ms) {
    packets_ = &packets;
    packet_ms_ = packet_ms;
    next_ = 0;
    began_ = now_ms();
    gst_harness_set_src_caps(harness_.get(), gst_caps_ref(packets.caps.get()));
  }
  guint now_ms() { return static_cast<guint>(gst_clock_get_time(clock_.get()) / GST_MSECOND); }

  struct Frame {
    GstClockTime pts;
    bool discont, gap;
    jitter_test::Level left, right;
  };
  // Time goes on, and packets come in it unless they are lost.
  std::vector<Frame> run(guint ms, size_t channels, bool lost = false) {
    std::vector<Frame> frames;
    for (guint k = 0; k < ms / frame_ms_; ++k) {
      for (; next_ < packets_->buffers.size() && began_ + next_ * packet_ms_ <= now_ms(); ++next_) {
        if (lost) continue;
        GstBuffer* buffer = gst_buffer_copy(packets_->buffers[next_].get());
        EXPECT_EQ(gst_harness_push(harness_.get(), buffer), GST_FLOW_OK);
      }
      const gstpp::BufferPtr buffer = pull();
      if (!buffer) return frames;
      EXPECT_EQ(GST_BUFFER_DURATION(buffer.get()), frame_ms_ * GST_MSECOND);
      frames.push_back({GST_BUFFER_PTS(buffer.get()),
                        GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT),
                        GST_BUFFER_FLAG_IS_SET(buffer.get(), GST_BUFFER_FLAG_GAP),
                        level(buffer.get(), channels, 0),
                        level(buffer.get(), channels, channels - 1)});
    }
    return frames;
  }
  // The next frame. A change of format comes in a round of its own, and that waits once more.
  gstpp::BufferPtr pull() {
    for (int round = 0; round < 3; ++round) {
      if (!gst_harness_crank_single_clock_wait(harness_.get())) break;
      if (!gst_harness_wait_for_clock_id_waits(harness_.get(), 1, 20)) break;
      if (gstpp::BufferPtr buffer{gst_harness_try_pull(harness_.get())}) return buffer;
    }
    ADD_FAILURE() << "no frame";
    return nullptr;
  }
  // A second, at whose end the tone is there as it was sent.
  void expect_tone(const Format& format, bool begins, const char* when) {
    SCOPED_TRACE(when);
    const auto frames = run(1000, format.channels);
    ASSERT_EQ(frames.size(), 1000 / frame_ms_);
    for (size_t k = 0; k < frames.size(); ++k) {
      EXPECT_EQ(frames[k].discont, begins && k == 0) << k;
      if (k > 0) {
        EXPECT_EQ(frames[k].pts - frames[k - 1].pts, frame_ms_ * GST_MSECOND) << k;
      }
      if (frames[k].gap) {
        EXPECT_EQ(frames[k].left.peak, 0) << k;
        EXPECT_EQ(frames[k].right.peak, 0) << k;
      }
      if (k < frames.size() / 2) continue;
      EXPECT_FALSE(frames[k].gap) << k;
      // 300 Hz: three whole periods in 10 ms.
      EXPECT_NEAR(frames[k].left.rms, format.left * 0.7071, 0.05 * format.left + 0.01) << k;
      EXPECT_NEAR(frames[k].right.rms, format.right * 0.7071, 0.05 * format.right + 0.01) << k;
    }
    if (begins) {
      EXPECT_TRUE(frames[0].gap);
    }
    const gstpp::CapsPtr caps{gst_pad_get_current_caps(harness_->sinkpad)};
    const GstStructure* structure = gst_caps_get_structure(caps.get(), 0);
    int rate = 0, channels = 0;
    gst_structure_get_int(structure, "rate", &rate);
    gst_structure_get_int(structure, "channels", &channels);
    EXPECT_EQ(rate, format.rate);
    EXPECT_EQ(channels, static_cast<int>(format.channels));
  }
  guint64 stat(const char* field) {
    GstStructure* raw = nullptr;
    g_object_get(harness_->element, "stats", &raw, nullptr);
    const gstpp::StructurePtr stats{raw};
    return gstpp::get_uint64(stats.get(), field, G_MAXUINT64);
  }

  struct Teardown {
    void operator()(GstHarness* harness) const { gst_harness_teardown(harness); }
  };
  std::unique_ptr<GstHarness, Teardown> harness_;
  gstpp::ClockPtr clock_;
  const Packets* packets_ = nullptr;
  guint packet_ms_ = 20, frame_ms_ = 20;
  size_t next_ = 0;
  guint began_ = 0;
};

struct Case {
  Format format;
  guint packet_ms, frame_ms;
};
void PrintTo(const Case& of, std::ostream* out) {
  *out << of.format.name << " of " << of.packet_ms << " ms, out in " << of.frame_ms << " ms";
}

class JitterStreams : public JitterFormats, public testing::WithParamInterface<Case> {};

TEST_P(JitterStreams, FromTheFirstPacketToASecondLife) {
  const auto [format, packet_ms, frame_ms] = GetParam();
  const Packets packets = tone(format, packet_ms);
  ASSERT_GE(packets.buffers.size(), 3000 / packet_ms - 1);
  start(frame_ms);
  use(packets, packet_ms);
  expect_tone(format, true, "the beginning");
  EXPECT_EQ(stat("concealedSamples"), 0U);

  const auto hole = run(500, format.channels, true);
  bool faded = false;
  for (const auto& frame : hole) {
    EXPECT_FALSE(frame.discont);
    EXPECT_EQ(frame.gap, frame.left.peak == 0 && frame.right.peak == 0);
    faded |= frame.gap;
  }
  EXPECT_FALSE(hole.front().gap) << "what is made up is audio";
  EXPECT_TRUE(faded) << "a hole of half a second ends in silence";
  expect_tone(format, false, "behind the hole");
  EXPECT_GT(stat("concealedSamples"), 0U);

  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_start()));
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_stop(FALSE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_segment(&segment)));
  use(packets, packet_ms);
  expect_tone(format, true, "behind a flush");

  gst_element_set_state(harness_->element, GST_STATE_NULL);
  gst_harness_play(harness_.get());
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_stream_start("again")));
  use(packets, packet_ms);
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_segment(&segment)));
  expect_tone(format, true, "after NULL");
  EXPECT_EQ(stat("concealedSamples"), 0U);
}

std::vector<Case> cases() {
  std::vector<Case> cases;
  for (const auto& format : kFormats) {
    for (const guint packet_ms : {10U, 20U}) {
      for (const guint frame_ms : {10U, 20U}) cases.push_back({format, packet_ms, frame_ms});
    }
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(All, JitterStreams, testing::ValuesIn(cases()), [](const auto& of) {
  return std::string(of.param.format.name) + "_" + std::to_string(of.param.packet_ms) + "_" +
         std::to_string(of.param.frame_ms);
});

TEST_F(JitterFormats, ChangeOnTheWay) {
  start(20);
  for (const size_t index : {2U, 3U, 1U, 0U, 4U, 5U, 2U}) {
    const Format& format = kFormats[index];
    const Packets packets = tone(format, 20);
    use(packets, 20);
    expect_tone(format, true, format.name);
  }
}

TEST_F(JitterFormats, OtherCapsOfTheSameCodecChangeNothing) {
  start(20);
  const Format& format = kFormats[2];
  Packets packets = tone(format, 20);
  use(packets, 20);
  expect_tone(format, true, "before");
  GstCaps* caps = gst_caps_copy(packets.caps.get());
  gst_caps_set_simple(caps, "ssrc", G_TYPE_UINT, 99U, "x-more", G_TYPE_STRING, "of no meaning",
                      nullptr);
  gst_harness_set_src_caps(harness_.get(), caps);
  expect_tone(format, false, "behind");
  EXPECT_EQ(stat("concealedSamples"), 0U);
}

}  // namespace
