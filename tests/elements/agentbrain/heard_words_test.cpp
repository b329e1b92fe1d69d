// How far the words that count as heard are from those that were, by what the TTS stage tells.
// flite speaks replies, which are cut all along; its word timings are the truth, and are then
// withheld.
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/reply_text.hpp"
#include "gstpp.hpp"
#include "heard_text.hpp"
#include "turn_events.hpp"

namespace {

using namespace agentbrain;
using Reply = std::vector<std::string>;

const std::vector<Reply> kReplies{
    {"Good morning, and thank you for calling Jackfield.",
     "We are open from nine to five, Monday to Friday.", "On Saturdays, we close at noon.",
     "Shall I put you through to somebody?"},
    {"Sure.",
     "The office is in the old brewery, on the second floor, right behind the market place.",
     "Take the entrance next to the bakery.", "The bell has our name on it.", "Anything else?"},
    {"Your order number is 4 7 1 1.",
     "It was shipped on Tuesday; it should arrive by the end of the week, unless the weather "
     "turns really bad.",
     "I can send you a message as soon as it does.", "Would you like that?"},
};

struct Piece {
  GstClockTime duration = 0;
  float level = 0;
  std::vector<jackfield::Word> words;
  const std::string* begins = nullptr;  // the sentence that does
};

float level_of(std::span<const gint16> samples) {
  double sum = 0;
  for (const gint16 v : samples) sum += static_cast<double>(v) * v;
  return static_cast<float>(std::sqrt(sum / static_cast<double>(samples.size())) / 32768);
}

std::vector<Piece> speak(const Reply& reply) {
  std::unique_ptr<GstHarness, gstpp::FreeWith<gst_harness_teardown>> h{gst_harness_new("flitetts")};
  gst_harness_set_src_caps_str(h.get(), "text/x-raw,format=utf8");
  std::vector<Piece> pieces;
  for (const std::string& text : reply) {
    EXPECT_EQ(gst_harness_push(h.get(), gst_buffer_new_memdup(text.data(), text.size())),
              GST_FLOW_OK);
    const std::string* begins = &text;
    while (GstBuffer* audio = gst_harness_try_pull(h.get())) {
      const gstpp::BufferPtr keep{audio};
      gstpp::MappedBuffer map{audio, GST_MAP_READ};
      pieces.push_back({.duration = GST_BUFFER_DURATION(audio),
                        .level = level_of(map.as<const gint16>()),
                        .words = jackfield::get_words(audio),
                        .begins = std::exchange(begins, nullptr)});
    }
  }
  return pieces;
}

enum class Told { kWords, kSentences, kNothing };

struct Error {
  double sum = 0;
  int worst = 0;
  int cuts = 0;
  int exact = 0;
  int wrong_sentences = 0;  // cuts where a sentence that was heard to its end is not all there
};

void measure(const Reply& reply, Told told, Error& error) {
  const std::vector<Piece> pieces = speak(reply);
  ReplyTexts texts;
  for (const std::string& text : reply) texts.add(text);
  ReplyTimeline line;
  std::vector<Time> word_ends;
  std::vector<std::pair<Time, std::string>> sentence_ends;
  std::string so_far;
  for (const Piece& piece : pieces) {
    if (piece.begins) {
      if (!so_far.empty()) sentence_ends.emplace_back(line.end(), so_far);
      so_far += (so_far.empty() ? "" : " ") + *piece.begins;
      if (told == Told::kSentences) line.add_text(*piece.begins, line.end(), 0);
    }
    for (const jackfield::Word& word : piece.words) {
      word_ends.push_back(line.end() + word.offset + word.duration);
      if (told == Told::kWords) line.add_word(word.text, line.end(), word.offset, word.duration);
    }
    line.add_audio(piece.duration, piece.level);
  }
  line.add_end();
  const Time start = 5 * kSecond;
  for (Time t = start; line.next() && !line.next()->is_end;) {
    const Time pts = line.next_pts(t);
    line.sent(pts);
    t = pts;
  }
  ASSERT_EQ(word_ends.size(), jackfield::count_words(texts.full())) << "one timing a word";
  for (Time cut = 0; cut < line.end(); cut += 73 * kMillisecond) {
    line.heard_until(start + cut);
    const auto truth =
        std::count_if(word_ends.begin(), word_ends.end(), [&](Time end) { return end <= cut; });
    const std::string text = texts.heard(line.heard());
    EXPECT_TRUE(texts.full().starts_with(text)) << text;
    const int off =
        std::abs(static_cast<int>(jackfield::count_words(text)) - static_cast<int>(truth));
    error.sum += off;
    error.worst = std::max(error.worst, off);
    error.exact += off == 0;
    ++error.cuts;
    for (const auto& [end, sentences] : sentence_ends) {
      error.wrong_sentences += cut >= end && !text.starts_with(sentences);
      error.wrong_sentences += cut + 20 * kMillisecond < end && text.size() > sentences.size();
    }
  }
}

Error measure_all(Told told, const char* name) {
  Error error;
  for (const Reply& reply : kReplies) measure(reply, told, error);
  std::printf("heard text, %s: %d cuts, %.2f words off on average, %d at worst, %.0f %% exact\n",
              name, error.cuts, error.sum / error.cuts, error.worst,
              100.0 * error.exact / error.cuts);
  return error;
}

class HeardWordsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

TEST_F(HeardWordsTest, WithWordTimingsItIsExact) {
  const Error error = measure_all(Told::kWords, "word timings");
  EXPECT_GT(error.cuts, 400);
  EXPECT_EQ(error.worst, 0);
  EXPECT_EQ(error.wrong_sentences, 0);
}

TEST_F(HeardWordsTest, WithSentencesOnlyTheOneThatSoundsIsEstimated) {
  const Error error = measure_all(Told::kSentences, "sentences");
  EXPECT_EQ(error.wrong_sentences, 0) << "finished sentences are exact";
  EXPECT_LE(error.worst, 2);
  EXPECT_LT(error.sum / error.cuts, 0.6);
}

TEST_F(HeardWordsTest, WithNothingTheWholeReplyIsEstimated) {
  const Error error = measure_all(Told::kNothing, "nothing");
  EXPECT_LE(error.worst, 3);
  EXPECT_LT(error.sum / error.cuts, 1.2);
}

}  // namespace
