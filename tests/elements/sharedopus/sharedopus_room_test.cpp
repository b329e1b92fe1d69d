// Many encoders of one process: listeners of a mixer, and threads that push when they like.
#include <gst/check/gstharness.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "blocking_query.hpp"
#include "opus_packets.hpp"

namespace {

using namespace sharedopus_test;
using namespace std::chrono_literals;

constexpr char kMono[] = "audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved";
constexpr char kVoice[] =
    "sharedopusenc audio-type=voice bitrate=32000 complexity=1 inband-fec=true "
    "packet-loss-percentage=5 ";

// A mixer's block of 10 ms.
gstpp::BufferPtr block(guint64 number, int mix) {
  gstpp::BufferPtr made{gst_buffer_new_allocate(nullptr, 960, nullptr)};
  {
    gstpp::MappedBuffer map(made.get(), GST_MAP_WRITE);
    int phase = static_cast<int>(number) * 480;
    for (gint16& sample : map.as<gint16>())
      sample = static_cast<gint16>((phase++ * (37 + 5 * mix)) % 8000 - 4000);
  }
  GST_BUFFER_PTS(made.get()) = number * 10 * GST_MSECOND;
  GST_BUFFER_DURATION(made.get()) = 10 * GST_MSECOND;
  GST_BUFFER_OFFSET(made.get()) = number;
  return made;
}

// One listener's encoder.
class Seat {
 public:
  explicit Seat(const std::string& more = "")
      : harness_(gst_harness_new_parse((kVoice + more).c_str())) {
    gst_harness_set_src_caps_str(harness_, kMono);
  }
  ~Seat() { gst_harness_teardown(harness_); }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  // As a mixer does: the buffer is the same for all.
  std::vector<Packet> hear(GstBuffer* buffer) {
    EXPECT_EQ(gst_harness_push(harness_, gst_buffer_ref(buffer)), GST_FLOW_OK);
    std::vector<Packet> packets;
    while (GstBuffer* raw = gst_harness_try_pull(harness_)) {
      const gstpp::BufferPtr packet{raw};
      packets.push_back(packet_of(raw));
    }
    return packets;
  }
  guint64 stat(const char* field) {
    const gstpp::ElementPtr encoder{gst_harness_find_element(harness_, "sharedopusenc")};
    return sharedopus_test::stat(encoder.get(), field);
  }

 private:
  GstHarness* harness_;
};

class SharedOpusRoom : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

TEST_F(SharedOpusRoom, SeatsThatCameAtDifferentTimesShareOneEncoder) {
  std::vector<std::unique_ptr<Seat>> seats;
  std::vector<Packet> last(6);
  for (guint64 number = 0; number < 40; ++number) {
    // Three blocks after each other: at even and at odd ones.
    if (number % 3 == 0 && seats.size() < 6) seats.push_back(std::make_unique<Seat>());
    const auto heard = block(number, 0);
    for (std::size_t i = 0; i < seats.size(); ++i) {
      for (Packet& packet : seats[i]->hear(heard.get())) last[i] = std::move(packet);
    }
  }
  for (const Packet& packet : last) EXPECT_EQ(packet, last[0]);
  EXPECT_EQ(seats[0]->stat("frames"), 20U);
  EXPECT_EQ(seats[0]->stat("shared"), 0U);
  // The last came with block 15, and was alone for four frames.
  EXPECT_EQ(seats[5]->stat("frames"), 12U);
  EXPECT_EQ(seats[5]->stat("encoded"), 4U);
}

TEST_F(SharedOpusRoom, WhoSpeaksHasAnEncoderMeanwhile) {
  Seat listener, other, speaker;
  std::vector<bool> same;
  for (guint64 number = 0; number < 80; ++number) {
    const auto all = block(number, 0), without = block(number, 1);
    const auto packets = listener.hear(all.get());
    EXPECT_EQ(other.hear(all.get()), packets);
    const bool speaks = number >= 20 && number < 40;
    const auto own = speaker.hear(speaks ? without.get() : all.get());
    if (!packets.empty()) same.push_back(packets == own);
  }
  std::vector<bool> expected(40, true);
  for (std::size_t frame = 10; frame < 24; ++frame) expected[frame] = false;
  EXPECT_EQ(same, expected);
  EXPECT_EQ(speaker.stat("encoded"), 14U);
  EXPECT_EQ(listener.stat("encoded"), 40U);
}

TEST_F(SharedOpusRoom, OtherSettingsAreNotShared) {
  Seat one, other("bitrate=16000"), shorter("frame-size=10");
  for (guint64 number = 0; number < 10; ++number) {
    const auto heard = block(number, 0);
    one.hear(heard.get());
    other.hear(heard.get());
    shorter.hear(heard.get());
  }
  EXPECT_EQ(one.stat("encoded"), 5U);
  EXPECT_EQ(other.stat("encoded"), 5U);
  EXPECT_EQ(shorter.stat("encoded"), 10U);
}

TEST_F(SharedOpusRoom, ThreadsThatComeTogetherEncodeOnceAndGetTheSame) {
  constexpr std::size_t kThreads = 8;
  constexpr guint64 kBlocks = 160;
  std::vector<gstpp::BufferPtr> blocks;
  for (guint64 number = 0; number < kBlocks; ++number) blocks.push_back(block(number, 0));
  std::vector<std::vector<Packet>> heard(kThreads);
  std::atomic<guint64> encoded{0};
  // All want each packet at once.
  std::barrier together(static_cast<std::ptrdiff_t>(kThreads));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Seat seat;
      for (guint64 number = 0; number < kBlocks; ++number) {
        if (number % 2 == 0) together.arrive_and_wait();
        for (Packet& packet : seat.hear(blocks[number].get()))
          heard[i].push_back(std::move(packet));
      }
      encoded += seat.stat("encoded");
      together.arrive_and_wait();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(encoded, kBlocks / 2);
  for (std::size_t i = 0; i < kThreads; ++i) EXPECT_EQ(heard[i], heard[0]);
}

TEST_F(SharedOpusRoom, SeatsComeGoSpeakAndAreLateInAnyThread) {
  constexpr std::size_t kThreads = 6;
  constexpr guint64 kBlocks = 200;
  std::vector<gstpp::BufferPtr> mixes[3];
  for (int mix = 0; mix < 3; ++mix) {
    for (guint64 number = 0; number < kBlocks; ++number) mixes[mix].push_back(block(number, mix));
  }
  std::vector<std::thread> threads;
  std::atomic<int> packets{0};
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937 random(static_cast<unsigned>(i));
      auto seat = std::make_unique<Seat>();
      int mix = 0;
      for (guint64 number = 0; number < kBlocks; ++number) {
        if (random() % 10 == 0) mix = static_cast<int>(random() % 3);
        if (random() % 40 == 0) seat = std::make_unique<Seat>();
        if (random() % 20 == 0) std::this_thread::sleep_for(1ms);
        for (const Packet& packet : seat->hear(mixes[mix][number].get())) {
          EXPECT_FALSE(packet.bytes.empty());
          ++packets;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(packets, 300);
}

// --- Behind a mixer ---

// A sink that takes all and holds nobody up: the mixer's own thread pushes.
GstFlowReturn take(GstPad*, GstObject*, GstBuffer* buffer) {
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}
gboolean take_event(GstPad*, GstObject*, GstEvent* event) {
  gst_event_unref(event);
  return TRUE;
}
gboolean answer(GstPad* pad, GstObject* parent, GstQuery* query) {
  return jackfield::answer_never_blocks(query, GST_ELEMENT(parent)) ||
         gst_pad_query_default(pad, parent, query);
}
gstpp::ElementPtr make_taker(GstElement* encoder) {
  gstpp::ElementPtr taker{static_cast<GstElement*>(gst_object_ref_sink(gst_bin_new(nullptr)))};
  GstPad* sink = gst_pad_new("sink", GST_PAD_SINK);
  gst_pad_set_chain_function(sink, take);
  gst_pad_set_event_function(sink, take_event);
  gst_pad_set_query_function(sink, answer);
  gst_pad_set_active(sink, TRUE);
  gst_element_add_pad(taker.get(), sink);
  const gstpp::PadPtr src{gst_element_get_static_pad(encoder, "src")};
  EXPECT_EQ(gst_pad_link_full(src.get(), sink, GST_PAD_LINK_CHECK_NOTHING), GST_PAD_LINK_OK);
  return taker;
}

// Fifty listeners, of which three speak: each of those hears all but itself. Encoder runs for each
// frame of a listener.
double runs_behind_a_mixer(bool own_threads) {
  constexpr int kListeners = 50, kSpeakers = 3;
  std::string text = "duckingmixer name=m";
  for (int i = 0; i < kSpeakers; ++i) {
    text += " audiotestsrc is-live=true samplesperbuffer=480 volume=0.2 freq=" +
            std::to_string(200 + 150 * i) +
            " ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! m.sink_" + std::to_string(i);
  }
  for (int i = 0; i < kListeners; ++i) {
    text += " m.src_" + std::to_string(i) + " ! " + kVoice + "name=e" + std::to_string(i);
    if (own_threads) text += " ! fakesink sync=false async=false";
  }
  const auto pipeline = launch(text);
  std::vector<gstpp::ElementPtr> encoders;
  std::vector<gstpp::ElementPtr> takers;
  for (int i = 0; i < kListeners; ++i) {
    encoders.emplace_back(
        gst_bin_get_by_name(GST_BIN(pipeline.get()), ("e" + std::to_string(i)).c_str()));
    if (!own_threads) takers.push_back(make_taker(encoders.back().get()));
  }
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const auto give_up = std::chrono::steady_clock::now() + 60s;
  while (stat(encoders[0].get(), "frames") < 100 && std::chrono::steady_clock::now() < give_up)
    std::this_thread::sleep_for(10ms);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  guint64 frames = 0, encoded = 0;
  for (const auto& encoder : encoders) {
    frames += stat(encoder.get(), "frames");
    encoded += stat(encoder.get(), "encoded");
  }
  EXPECT_GE(frames, 100U * kListeners / 2);
  return static_cast<double>(encoded) * kListeners / static_cast<double>(frames);
}

TEST_F(SharedOpusRoom, FiftyListenersOfThreeSpeakersTakeFourEncoders) {
  const double runs = runs_behind_a_mixer(false);
  RecordProperty("runs_per_frame", std::to_string(runs));
  EXPECT_GE(runs, 3.5);
  EXPECT_LE(runs, 4.5);
}

// Threads that are so late that their queue lost something are alone for four frames.
TEST_F(SharedOpusRoom, OutputsWithThreadsOfTheirOwnShareAsWell) {
  const double runs = runs_behind_a_mixer(true);
  RecordProperty("runs_per_frame", std::to_string(runs));
  EXPECT_GE(runs, 3.5);
  EXPECT_LE(runs, 12);
}

}  // namespace
