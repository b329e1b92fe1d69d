// Where the reply is: what arrived, what went downstream and when it sounds, what was heard, and
// from where it would be replayed. Offsets count the audio given to the line in nanoseconds, from
// the first on; running times are the pipeline's. The audio itself is kept elsewhere, by the id
// given here. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "spoken_text.hpp"
#include "turn_taker.hpp"

namespace agentbrain {

class ReplyTimeline {
 public:
  struct Item {
    std::uint64_t id = 0;
    bool is_end = false;  // the end of a reply; no audio
    bool first = false;   // the first audio of a reply
    Time offset = 0;
    Time duration = 0;
    Time pts = kNever;  // running time at which it sounds, once it went downstream
    Time skip = 0;      // so much at its beginning was heard before it was taken back
    Time voiced = 0;    // of all audio before it, and in it, what is not silence
    Time voiced_end = 0;
  };
  struct Heard {
    Time heard = 0;  // of the reply that is sounding
    Time total = 0;  // what arrived of it
    bool complete = false;
    std::vector<SpokenSpan> spans;  // everything that arrived, in order
  };

  // `level`: root mean square of the samples, 0 to 1. What lies 30 dB below the loudest so far, or
  // below -60 dB, is silence.
  std::uint64_t add_audio(Time duration, float level = 1);
  std::uint64_t add_end();
  // `offset` counts from the start of the audio that was, or will be, added at `base`.
  void add_word(std::string text, Time base, Time offset, Time duration);
  // A text of which only the beginning is known; it lasts to the next text or word. Empty: unknown.
  void add_text(std::string text, Time base, Time offset);

  Time end() const { return end_; }  // offset of the audio added next
  Time unheard() const { return end_ - heard_; }
  bool empty() const { return items_.empty(); }
  // No audio since the last end of a reply.
  bool nothing_since_end() const { return !open_; }

  // What goes downstream next.
  const Item* next() const;
  // The running time it would get: directly behind what went before, `now` when that is over.
  Time next_pts(Time now) const;
  // It goes downstream, to sound at `pts` (an end: no time needed).
  void sent(Time pts);

  // Everything before this running time was heard.
  void heard_until(Time running_time);
  bool in_flight() const { return heard_ < sent_; }
  Time sent_until() const { return sent_until_; }  // running time; 0 when nothing was sent
  bool heard_anything() const { return heard_ > reply_begin_; }
  Heard heard() const;
  // Ends of replies that were sent and heard, each once; they move on to the next reply.
  struct Finished {
    std::uint64_t id;
    Time start;  // running time of the first audio, kNever when there was none
    Time end;
  };
  std::optional<Finished> take_finished();

  // What was sent but not heard is to be sent again, from the beginning of the word that was cut
  // (or from the exact place when words are unknown).
  void take_back();
  void clear();
  // Ids below are no longer needed.
  std::uint64_t first_kept() const { return items_.empty() ? next_id_ : items_.front().id; }
  Time reply_start() const { return reply_start_; }

 private:
  struct Mark {
    std::string text;
    Time offset;
    Time duration;         // kNever: a text, to the next mark
    Time voiced = kNever;  // before it; kNever: in audio that is still to come
  };
  void add_mark(std::string text, Time offset, Time duration);
  void trim();
  Time voiced_until(Time offset) const;
  SpokenSpan span_of(const Mark& mark, Time end, Time voiced_end) const;

  std::deque<Item> items_;
  std::deque<Mark> marks_;
  std::size_t next_ = 0;  // index into items_
  std::uint64_t next_id_ = 0;
  bool open_ = false;
  Time end_ = 0;
  Time heard_ = 0;
  Time sent_ = 0;
  Time sent_until_ = 0;
  Time reply_begin_ = 0;
  Time reply_voiced_ = 0;  // before it
  Time reply_start_ = kNever;
  Time voiced_ = 0;  // of all audio
  float loudest_ = 0;
};

}  // namespace agentbrain
