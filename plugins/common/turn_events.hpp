// The few custom events, one query and one meta with which speech stages speak of turns.
// docs/events-and-messages.md describes who sends and who heeds each of them. All times are running
// times in nanoseconds of the pipeline; GST_CLOCK_TIME_NONE where unknown. Any thread may call any
// function here. A parse function returns std::nullopt for an event of another kind.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <vector>

#include "export.hpp"

namespace jackfield {

// Downstream, serialized: the caller began to speak.
struct TurnStart {
  guint turn_id = 0;                                // counts from 1, per detector
  GstClockTime speech_start = GST_CLOCK_TIME_NONE;  // first sample of speech
};

// Downstream, serialized: the caller has finished. An STT stage pushes the turn's text first and
// forwards this event behind it.
struct TurnEnd {
  guint turn_id = 0;
  GstClockTime speech_end = GST_CLOCK_TIME_NONE;  // last sample of speech
  GstClockTime decided_at =
      GST_CLOCK_TIME_NONE;  // when the detector was sure (after the hang-over)
  // Set by an STT stage that heard speech but could make no words of it (out of its grammar).
  bool not_understood = false;
};

// Downstream, serialized: the reply is complete. The LLM stage sends it behind its last sentence,
// the TTS stage forwards it behind its last audio.
struct ReplyEnd {
  guint turn_id = 0;     // the turn that was answered; 0: the agent spoke first
  bool hang_up = false;  // end the call when this reply has been heard
  std::string transfer;  // where to hand the call over, "" for nowhere
};

// Upstream: what the STT stage has so far of the running turn.
struct Interim {
  guint turn_id = 0;
  std::string text;
  bool is_final = false;
};

// Upstream from a sink (and downstream, out of band, from replygate for recorders behind a tee):
// everything with a running time before `position` was really heard.
struct Played {
  GstClockTime position = GST_CLOCK_TIME_NONE;
  bool discarded = false;  // what lies behind the position was dropped and will never be heard
};

// Downstream, serialized, to the LLM stage: what the caller heard of an interrupted reply. The
// stage cuts its history to it.
struct Heard {
  guint turn_id = 0;
  std::string text;
};

// Downstream, serialized, to an LLM stage, before the question that it is to answer: what was said
// that it does not know, because others answered, or because it was not said to the agent. It
// forgets what it knows of turn `from_turn` and later ones (kForgetNothing: of none), and takes
// these in their place.
struct History {
  static constexpr guint kForgetNothing = G_MAXUINT;
  struct Said {
    guint turn_id = 0;
    bool by_agent = false;
    std::string text;       // of the agent: what was heard
    bool addressed = true;  // false: not said to the agent, but before the question of that turn
  };
  guint from_turn = 0;
  std::vector<Said> said;  // in order
};

JACKFIELD_API GstEvent* make_event(const TurnStart& e);
JACKFIELD_API GstEvent* make_event(const TurnEnd& e);
JACKFIELD_API GstEvent* make_event(const ReplyEnd& e);
JACKFIELD_API GstEvent* make_event(const Interim& e);
JACKFIELD_API GstEvent* make_event(const Heard& e);
JACKFIELD_API GstEvent* make_event(const History& e);
JACKFIELD_API GstEvent* make_played_upstream(const Played& e);
JACKFIELD_API GstEvent* make_played_out_of_band(const Played& e);

JACKFIELD_API std::optional<TurnStart> parse_turn_start(GstEvent* event);
JACKFIELD_API std::optional<TurnEnd> parse_turn_end(GstEvent* event);
JACKFIELD_API std::optional<ReplyEnd> parse_reply_end(GstEvent* event);
JACKFIELD_API std::optional<Interim> parse_interim(GstEvent* event);
JACKFIELD_API std::optional<Heard> parse_heard(GstEvent* event);
JACKFIELD_API std::optional<History> parse_history(GstEvent* event);
JACKFIELD_API std::optional<Played> parse_played(GstEvent* event);

// The custom query "VoicePlayed", sent downstream just before a flush, while pads still answer: up
// to which running time has the listener heard? A sink that knows (twiliosink) answers.
JACKFIELD_API GstQuery* make_played_query();
JACKFIELD_API bool is_played_query(GstQuery* query);
JACKFIELD_API void answer_played_query(GstQuery* query, GstClockTime position);
// Asks the peer of `src_pad`; GST_CLOCK_TIME_NONE when nobody downstream knows.
JACKFIELD_API GstClockTime query_played(GstPad* src_pad);

// A word of a TTS buffer. `offset` counts from the start of that buffer, and may lie beyond its
// end when the TTS announces a whole sentence with its first buffer.
struct Word {
  std::string text;
  GstClockTime offset = 0;
  GstClockTime duration = 0;
};
// Adds to the field "words" of a structure.
JACKFIELD_API void append_words(GstStructure* structure, const std::vector<Word>& words);
// Attaches words to a writable buffer (GstCustomMeta "VoiceWords"). Later calls add to earlier
// ones.
JACKFIELD_API void add_words(GstBuffer* buffer, const std::vector<Word>& words);
JACKFIELD_API std::vector<Word> get_words(GstBuffer* buffer);

// A text whose speech begins in a TTS buffer, `offset` from its start, and goes on up to the next
// such text or the end of the reply: from a stage that does not know the times of the words. Empty:
// unknown what is said from here on.
struct Sentence {
  std::string text;
  GstClockTime offset = 0;
};
// Attaches it to a writable buffer (GstCustomMeta "VoiceSentence"), in place of one before.
JACKFIELD_API void set_sentence(GstBuffer* buffer, const Sentence& sentence);
JACKFIELD_API std::optional<Sentence> get_sentence(GstBuffer* buffer);

}  // namespace jackfield
