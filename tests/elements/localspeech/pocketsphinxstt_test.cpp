#include <glib/gstdio.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include "blocking_query.hpp"
#include "stt_harness.hpp"

namespace {

using test_support::HeardTurn;
using test_support::SttHarness;
using test_support::telephone_clip;
using test_support::TelephoneClip;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kSounds[] = "/usr/share/asterisk/sounds/en/";
constexpr char kData[] = "/usr/share/pocketsphinx/test/data/";

TelephoneClip prompt(const std::string& name, int before = 400, int after = 700) {
  return telephone_clip(kSounds + name + ".wav", before, after);
}

// 16 kHz.
std::vector<std::int16_t> go_forward() {
  std::ifstream in(std::string(kData) + "goforward.raw", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  std::vector<std::int16_t> samples(bytes.size() / 2);
  std::copy_n(bytes.data(), samples.size() * 2, reinterpret_cast<char*>(samples.data()));
  return samples;
}

class PocketsphinxSttTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  void TearDown() override {
    for (const std::string& path : files_) g_remove(path.c_str());
  }

  // A file of its own, and so a pool of its own.
  std::string file(const std::string& text) {
    gchar* name = nullptr;
    const gint fd = g_file_open_tmp("stt-XXXXXX.gram", &name, nullptr);
    EXPECT_GE(fd, 0);
    g_close(fd, nullptr);
    files_.emplace_back(name);
    g_free(name);
    std::ofstream(files_.back()) << text;
    return files_.back();
  }
  static std::string reception() {
    std::ifstream in(test_support::scripts_file("reception.gram"));
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  // Why an element with this grammar file does not start.
  static std::string start_error(const std::string& path) {
    const gstpp::ElementPtr stt = gstpp::make_element("pocketsphinxstt");
    gstpp::BusPtr bus{gst_bus_new()};
    gst_element_set_bus(stt.get(), bus.get());
    g_object_set(stt.get(), "grammar", path.c_str(), nullptr);
    EXPECT_EQ(gst_element_set_state(stt.get(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
    std::string text;
    if (gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)}) {
      gstpp::ErrorPtr error;
      gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
      text = error->message;
    }
    gst_element_set_state(stt.get(), GST_STATE_NULL);
    gst_element_set_bus(stt.get(), nullptr);
    return text;
  }
  std::string error_of(const std::string& grammar) { return start_error(file(grammar)); }

 private:
  std::vector<std::string> files_;
};

TEST_F(PocketsphinxSttTest, TextComesBetweenTheEventsOfItsTurn) {
  struct Seen {
    std::mutex mutex;
    std::vector<std::string> order;
    GstClockTime time = 0;
  } seen;
  SttHarness harness;
  gst_pad_add_probe(
      harness.get()->sinkpad,
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto& s = *static_cast<Seen*>(data);
        const std::lock_guard lock(s.mutex);
        if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
          s.order.emplace_back("text");
          s.time = GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info));
        } else {
          s.order.emplace_back(GST_EVENT_TYPE_NAME(gst_pad_probe_info_get_event(info)));
        }
        return GST_PAD_PROBE_OK;
      },
      &seen, nullptr);
  harness.begin();
  // Running times are 5 s ahead of positions.
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.base = 5 * GST_SECOND;
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
  const auto clip = prompt("call-forwarding");
  const std::span<const std::int16_t> all(clip.samples);
  harness.push(all.first(clip.speech_begin + 800));
  const GstClockTime base = 5 * GST_SECOND;
  harness.push(
      jackfield::TurnStart{.turn_id = 3, .speech_start = base + harness.time(clip.speech_begin)});
  harness.push(all.subspan(clip.speech_begin + 800));
  const GstClockTime speech_end = base + harness.time(clip.speech_end);
  harness.push(jackfield::TurnEnd{
      .turn_id = 3, .speech_end = speech_end, .decided_at = base + harness.now()});

  const HeardTurn heard = harness.wait(3);
  ASSERT_TRUE(heard.end);
  EXPECT_FALSE(heard.end->not_understood);
  EXPECT_EQ(heard.end->speech_end, speech_end);
  EXPECT_THAT(heard.texts, ElementsAre("call forwarding"));
  const std::lock_guard lock(seen.mutex);
  EXPECT_THAT(seen.order, ElementsAre("stream-start", "caps", "segment", "segment",
                                      "custom-downstream", "text", "custom-downstream"));
  EXPECT_EQ(seen.time, speech_end - segment.base);  // a position, not a running time
  gstpp::CapsPtr caps{gst_pad_get_current_caps(harness.get()->sinkpad)};
  EXPECT_TRUE(gst_structure_has_name(gst_caps_get_structure(caps.get(), 0), "text/x-raw"));
}

TEST_F(PocketsphinxSttTest, RejectionCanBeSwitchedOffAndIsWhatRejects) {
  const auto clip = prompt("vm-tooshort");
  const auto other = prompt("privacy-incorrect");
  SttHarness strict;
  strict.begin();
  EXPECT_TRUE(strict.hear(other, 1).end->not_understood);
  EXPECT_EQ(strict.stat("rejected"), 1U);
  SttHarness open("rejection=0");
  open.begin();
  const HeardTurn heard = open.hear(other, 1);
  EXPECT_FALSE(heard.end->not_understood);
  EXPECT_EQ(heard.texts.size(), 1U);
  SttHarness closed("rejection=1");
  closed.begin();
  EXPECT_TRUE(closed.hear(prompt("im-sorry"), 1).end->not_understood);
  EXPECT_THAT(closed.hear(clip, 2).texts, IsEmpty());
}

TEST_F(PocketsphinxSttTest, SilenceIsNotUnderstood) {
  SttHarness harness;
  harness.begin();
  TelephoneClip silence;
  silence.samples.assign(16000, 0);
  silence.speech_end = 12000;
  const HeardTurn heard = harness.hear(silence, 1);
  EXPECT_TRUE(heard.end->not_understood);
  EXPECT_THAT(heard.texts, IsEmpty());
  EXPECT_THAT(heard.interims, IsEmpty());
  EXPECT_EQ(harness.stat("empty"), 1U);
}

TEST_F(PocketsphinxSttTest, AnnouncesWordsBeforeTheTurnEnds) {
  SttHarness harness;
  harness.begin();
  const HeardTurn heard = harness.hear(prompt("info-about-last-call", 400, 1500), 1);
  EXPECT_THAT(heard.texts, ElementsAre("information about your last call"));
  ASSERT_GE(heard.interims.size(), 2U);
  EXPECT_THAT(heard.interims.front(), HasSubstr("information"));
  EXPECT_EQ(heard.interims.back(), "information about your last call");
  EXPECT_THAT(harness.hear(prompt("spy-usbradio"), 2).interims, IsEmpty());
}

TEST_F(PocketsphinxSttTest, TheBeginningOfATurnThatIsAnnouncedLateIsHeard) {
  SttHarness harness;
  harness.begin();
  const auto clip = prompt("one-moment-please");
  const std::span<const std::int16_t> all(clip.samples);
  harness.push(all.first(clip.speech_end));
  harness.push(jackfield::TurnStart{.turn_id = 1, .speech_start = harness.time(clip.speech_begin)});
  harness.push(all.subspan(clip.speech_end));
  harness.push(jackfield::TurnEnd{.turn_id = 1, .speech_end = harness.time(clip.speech_end)});
  EXPECT_THAT(harness.wait(1).texts, ElementsAre("one moment please"));
}

TEST_F(PocketsphinxSttTest, SaysWhatIsWrongWithAGrammar) {
  const std::string head = "#JSGF V1.0;\ngrammar x;\n";
  EXPECT_THAT(error_of(head + "public <a> = hello | (goodbye;\n"),
              testing::AllOf(HasSubstr(".gram"), HasSubstr("line 3"), HasSubstr("JSGF")));
  EXPECT_THAT(error_of(head + "public <a> = hello | zumpf | Blorfo;\n"),
              testing::AllOf(HasSubstr("Blorfo, zumpf"), HasSubstr("missing"),
                             HasSubstr("pronunciations")));
  EXPECT_THAT(error_of(head + "<a> = hello;\n"), HasSubstr("no public rule"));
  EXPECT_THAT(error_of(head + "public <a> = hello | <b>;\n"), HasSubstr("x.b"));
  // sphinxbase would print these on the terminal.
  for (const char* text : {"", "no grammar", "#JSGF V1.0;\n\x1b[31m", "\xff\xfe#JSGF"})
    EXPECT_THAT(error_of(text), HasSubstr("is not a JSGF file")) << text;
}

TEST_F(PocketsphinxSttTest, AGrammarCanBeMended) {
  const std::string path = file("no grammar");
  EXPECT_THAT(start_error(path), HasSubstr(path));
  std::ofstream(path, std::ios::trunc)
      << "#JSGF V1.0;\ngrammar x;\npublic <a> = hello | extension;\n";
  SttHarness harness("grammar=" + path);
  harness.begin();
  EXPECT_THAT(harness.hear(prompt("extension"), 1).texts, ElementsAre("extension"));
  EXPECT_FALSE(harness.has_error());
}

TEST_F(PocketsphinxSttTest, MissingFilesFailTheStateChange) {
  for (const char* property : {"grammar", "acoustic-model", "dictionary", "pronunciations"}) {
    const gstpp::ElementPtr stt = gstpp::make_element("pocketsphinxstt");
    gstpp::BusPtr bus{gst_bus_new()};
    gst_element_set_bus(stt.get(), bus.get());
    g_object_set(stt.get(), "grammar", test_support::scripts_file("reception.gram").c_str(),
                 nullptr);
    g_object_set(stt.get(), property, "/nowhere/at-all", nullptr);
    EXPECT_EQ(gst_element_set_state(stt.get(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
    gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)};
    ASSERT_TRUE(message) << property;
    gstpp::ErrorPtr error;
    gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
    EXPECT_THAT(error->message, HasSubstr(property));
    EXPECT_THAT(error->message, HasSubstr("/nowhere/at-all"));
    gst_element_set_state(stt.get(), GST_STATE_NULL);
    gst_element_set_bus(stt.get(), nullptr);
  }
}

TEST_F(PocketsphinxSttTest, PronunciationsAddWords) {
  const std::string words = file("zumpf EH K S T EH N SH AH N\n");
  SttHarness harness("grammar=" + file("#JSGF V1.0;\ngrammar x;\npublic <a> = zumpf | hello;\n") +
                     " pronunciations=" + words);
  harness.begin();
  EXPECT_THAT(harness.hear(prompt("extension"), 1).texts, ElementsAre("zumpf"));
}

TEST_F(PocketsphinxSttTest, MoreCallsThanDecodersWaitAndLoseNothing) {
  const std::string settings = "max-decoders=1 grammar=" + file(reception());
  const auto clip = prompt("call-waiting");
  std::vector<std::unique_ptr<SttHarness>> calls;
  for (int i = 0; i < 5; ++i) {
    calls.push_back(std::make_unique<SttHarness>(settings));
    calls.back()->begin();
  }
  for (auto& call : calls) call->speak(clip, 1);
  guint64 waits = 0;
  for (auto& call : calls) {
    EXPECT_THAT(call->wait(1).texts, ElementsAre("call waiting"));
    waits += call->stat("pool-waits");
    EXPECT_EQ(call->stat("audio-dropped"), 0U);
    EXPECT_EQ(gstpp::get_uint(call->stats().get(), "decoders", 0), 1U);
  }
  EXPECT_GE(waits, 4U);
}

TEST_F(PocketsphinxSttTest, AudioThatWaitsIsBounded) {
  const std::string settings = "max-decoders=1 grammar=" + file(reception());
  SttHarness holder(settings);
  holder.begin();
  holder.push(std::vector<std::int16_t>(800));
  holder.push(jackfield::TurnStart{.turn_id = 1, .speech_start = 0});
  for (int i = 0; i < 30000 && gstpp::get_uint(holder.stats().get(), "decoders-busy", 0) == 0;
       ++i) {
    g_usleep(1000);
  }
  SttHarness waiting(settings);
  waiting.begin();
  ASSERT_TRUE(jackfield::downstream_never_blocks(waiting.get()->srcpad));
  const std::vector<std::int16_t> silence(8000);
  waiting.push(jackfield::TurnStart{.turn_id = 1, .speech_start = 0});
  for (int i = 0; i < 70; ++i) EXPECT_EQ(waiting.push(silence), GST_FLOW_OK);
  EXPECT_NEAR(static_cast<double>(waiting.stat("audio-dropped")), 10e9, 1e9);
  waiting.push(jackfield::TurnEnd{.turn_id = 1, .speech_end = waiting.now()});
  holder.push(jackfield::TurnEnd{.turn_id = 1, .speech_end = holder.now()});
  EXPECT_TRUE(holder.wait(1).end);
  EXPECT_TRUE(waiting.wait(1).end);
}

TEST_F(PocketsphinxSttTest, ASourceThatMayBlockWaitsAndLosesNothing) {
  const std::string settings = "max-decoders=1 grammar=" + file(reception());
  SttHarness holder(settings);
  holder.begin();
  holder.push(jackfield::TurnStart{.turn_id = 1, .speech_start = 0});
  for (int i = 0; i < 30000 && gstpp::get_uint(holder.stats().get(), "decoders-busy", 0) == 0;
       ++i) {
    g_usleep(1000);
  }
  SttHarness waiting(settings);
  waiting.begin();
  std::atomic<bool> pushed{false};
  std::thread source([&] {
    for (guint id = 1; id <= 2; ++id) {
      waiting.push(jackfield::TurnStart{.turn_id = id, .speech_start = waiting.now()});
      EXPECT_EQ(waiting.push(std::vector<std::int16_t>(8000 * 35)), GST_FLOW_OK);
      waiting.push(jackfield::TurnEnd{.turn_id = id, .speech_end = waiting.now()});
    }
    pushed = true;
  });
  g_usleep(200000);
  EXPECT_FALSE(pushed);
  holder.push(jackfield::TurnEnd{.turn_id = 1, .speech_end = 0});
  source.join();
  EXPECT_TRUE(waiting.wait(2).end);
  EXPECT_EQ(waiting.stat("audio-dropped"), 0U);
  EXPECT_EQ(waiting.stat("turns"), 2U);
}

TEST_F(PocketsphinxSttTest, AFlushForgetsTheRunningTurn) {
  SttHarness harness;
  harness.begin();
  const auto clip = prompt("call-forwarding");
  const std::span<const std::int16_t> all(clip.samples);
  harness.push(all.first(clip.speech_begin));
  harness.push(jackfield::TurnStart{.turn_id = 1, .speech_start = harness.now()});
  harness.push(all.subspan(clip.speech_begin, 6000));
  gst_harness_push_event(harness.get(), gst_event_new_flush_start());
  gst_harness_push_event(harness.get(), gst_event_new_flush_stop(FALSE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness.get(), gst_event_new_segment(&segment));
  harness.push(all.subspan(clip.speech_begin + 6000));
  harness.push(jackfield::TurnEnd{.turn_id = 1, .speech_end = harness.now()});
  const HeardTurn flushed = harness.wait(1);
  ASSERT_TRUE(flushed.end);
  EXPECT_FALSE(flushed.end->not_understood);  // nothing was heard, so nothing can be said
  EXPECT_THAT(flushed.texts, IsEmpty());
  EXPECT_EQ(gstpp::get_uint(harness.stats().get(), "decoders-busy", 9), 0U);
  EXPECT_THAT(harness.hear(clip, 2).texts, ElementsAre("call forwarding"));
}

TEST_F(PocketsphinxSttTest, IsReusableAfterNull) {
  SttHarness harness;
  harness.begin();
  EXPECT_THAT(harness.hear(prompt("extension"), 1).texts, ElementsAre("extension"));
  // In the middle of a turn.
  harness.push(jackfield::TurnStart{.turn_id = 2, .speech_start = harness.now()});
  harness.push(std::vector<std::int16_t>(8000));
  gst_element_set_state(harness.element(), GST_STATE_NULL);
  EXPECT_EQ(gstpp::get_uint(harness.stats().get(), "decoders-busy", 9), 0U);
  gst_element_set_state(harness.element(), GST_STATE_PLAYING);
  harness.begin();
  EXPECT_THAT(harness.hear(prompt("spy-agent"), 3).texts, ElementsAre("agent"));
}

TEST_F(PocketsphinxSttTest, EosFinishesTheTurn) {
  SttHarness harness;
  harness.begin();
  const auto clip = prompt("speed-dial");
  const std::span<const std::int16_t> all(clip.samples);
  harness.push(all.first(clip.speech_begin + 400));
  harness.push(jackfield::TurnStart{.turn_id = 1, .speech_start = harness.time(clip.speech_begin)});
  harness.push(all.subspan(clip.speech_begin + 400));
  gst_harness_push_event(harness.get(), gst_event_new_eos());
  const HeardTurn heard = harness.wait(1);
  ASSERT_TRUE(heard.end);
  EXPECT_THAT(heard.texts, ElementsAre("speed dial"));
  const gstpp::EventPtr last{gst_harness_pull_event(harness.get())};
  EXPECT_EQ(GST_EVENT_TYPE(last.get()), GST_EVENT_EOS);
}

// Without anybody who announces turns.
TEST_F(PocketsphinxSttTest, EnergyAndTheEndOfTheStreamMakeTurns) {
  SttHarness harness;
  harness.begin();
  harness.push(prompt("call-waiting", 500, 1200).samples);
  harness.push(prompt("vm-passchanged", 500, 1200).samples);
  harness.push(prompt("please-try-again", 500, 0).samples);
  gst_harness_push_event(harness.get(), gst_event_new_eos());
  std::vector<GstEventType> events;
  do {
    const gstpp::EventPtr event{gst_harness_pull_event(harness.get())};
    ASSERT_TRUE(event);
    events.push_back(GST_EVENT_TYPE(event.get()));
  } while (events.back() != GST_EVENT_EOS);
  EXPECT_EQ(std::count(events.begin(), events.end(), GST_EVENT_CUSTOM_DOWNSTREAM), 0);
  EXPECT_THAT(harness.texts(), ElementsAre("call waiting", "please try again"));
  EXPECT_EQ(harness.stat("turns"), 3U);
}

TEST_F(PocketsphinxSttTest, AnAnnouncedTurnReplacesWhatEnergySaw) {
  SttHarness harness;
  harness.begin();
  EXPECT_THAT(harness.hear(prompt("call-waiting", 500, 1200), 1).texts,
              ElementsAre("call waiting"));
  EXPECT_EQ(harness.stat("turns"), 1U);
}

TEST_F(PocketsphinxSttTest, WideBandAudioAndAForeignGrammar) {
  SttHarness harness(std::string("grammar=") + kData + "goforward.gram", 16000);
  harness.begin();
  harness.push(jackfield::TurnStart{.turn_id = 1, .speech_start = 0});
  harness.push(go_forward());
  harness.push(jackfield::TurnEnd{.turn_id = 1, .speech_end = harness.now()});
  EXPECT_THAT(harness.wait(1).texts, ElementsAre("go forward ten meters"));
}

TEST_F(PocketsphinxSttTest, AnotherSpeakerAndAGrammarOfSentences) {
  SttHarness harness(std::string("grammar=") + kData + "cards/cards.gram");
  harness.begin();
  const std::vector<std::string> said = {"ten of clubs", "four queen of clubs", "seven of clubs",
                                         "five five",
                                         "eight of spades four of clubs seven of hearts"};
  for (guint i = 0; i < said.size(); ++i) {
    const auto clip =
        telephone_clip(kData + std::string("cards/00") + std::to_string(i + 1) + ".wav", 400, 700);
    EXPECT_THAT(harness.hear(clip, i + 1).texts, ElementsAre(said[i]));
  }
}

TEST_F(PocketsphinxSttTest, WithoutAGrammarTheLanguageModelHearsAnything) {
  SttHarness harness("grammar=\"\"", 16000);
  harness.begin();
  harness.push(jackfield::TurnStart{.turn_id = 1, .speech_start = 0});
  harness.push(go_forward());
  harness.push(jackfield::TurnEnd{.turn_id = 1, .speech_end = harness.now()});
  const HeardTurn heard = harness.wait(1);
  ASSERT_EQ(heard.texts.size(), 1U);
  EXPECT_THAT(heard.texts[0], HasSubstr("forward ten"));
}

TEST_F(PocketsphinxSttTest, SaysThatItNeverBlocks) {
  SttHarness harness;
  EXPECT_TRUE(jackfield::downstream_never_blocks(harness.get()->srcpad));
}

}  // namespace
