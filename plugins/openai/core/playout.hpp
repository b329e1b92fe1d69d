// The replies on their way to the listener: bytes of audio as the service sent them, when each
// piece went out, and what of it was heard. Pure; one thread at a time. Positions are running times
// in nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace openai::realtime {

constexpr uint64_t kNoTime = UINT64_MAX;

class Playout {
 public:
  // `most_bytes`: unheard audio that is kept.
  Playout(std::size_t bytes_per_ms, std::size_t most_bytes)
      : bytes_per_ms_(bytes_per_ms), most_bytes_(most_bytes) {}

  // A response begins; its audio follows. `aside`: it is no part of the conversation.
  void begin(std::string response_id, unsigned turn_id, bool aside = false);
  // False: there is no such response, or no room.
  bool add_audio(std::string_view response_id, std::string_view item_id,
                 std::span<const uint8_t> audio);
  void add_text(std::string_view response_id, std::string_view text);
  void set_text(std::string_view response_id, std::string_view text);  // the whole, at its end
  void hang_up_after(std::string_view response_id);
  void end(std::string_view response_id);  // nothing more follows
  // The same, though there would have been more.
  void break_off(std::string_view response_id);
  // The session that knows them has gone.
  void forget_items();
  // What was not sent yet of a reply is given up; all of it when nothing was. Its items.
  std::vector<std::string> drop(std::string_view response_id);
  // It ends with what is there; without anything it is given up.
  void drop_unheard(std::string_view response_id);

  struct Piece {
    std::span<const uint8_t> audio;  // until the next call that is not const; empty: the end
    unsigned turn_id = 0;
    bool first = false;  // of a reply
    bool hang_up = false;
    bool aside = false;
  };
  // What goes out next, `most` bytes at most; only the end of a reply makes it shorter than that
  // while more is to come.
  std::optional<Piece> next(std::size_t most) const;
  void sent(std::size_t bytes, uint64_t position);  // of next(); 0 bytes: the end
  // The end of the last piece that was sent; 0 before the first.
  uint64_t sent_until() const { return sent_until_; }

  void heard_until(uint64_t position);
  struct Item {
    std::string id;
    uint64_t heard_ms = 0;  // whole ones; never more than were received
    uint64_t received_ms = 0;
  };
  struct Reply {
    std::string response_id;
    unsigned turn_id = 0;
    std::string heard_text;
    std::string full_text;
    uint64_t start = kNoTime;  // nothing was heard
    uint64_t end = kNoTime;
    bool hang_up = false;
    bool ended = false;  // the service had sent all of it
    bool aside = false;
    std::vector<Item> items;
  };
  // A reply that was heard to its end; oldest first.
  std::optional<Reply> take_finished();
  // Gives up everything but the reply `except`: what was heard of each until `position`.
  std::vector<Reply> cut(uint64_t position, std::string_view except = {});
  // The line was silenced, all before `position` was heard: from there on it is kept for resume().
  void pause(uint64_t position);
  void resume() { paused_ = false; }
  bool paused() const { return paused_; }
  // What is heard of each reply until now, in order; for a pause, or another session.
  std::vector<Reply> unfinished() const;
  // What is left to hear, in ns; kNoTime while more may come.
  uint64_t rest() const;

  bool empty() const { return replies_.empty(); }
  bool audible() const;    // anything to hear is kept, or in flight
  bool in_flight() const;  // something was sent of which is not known that it was heard
  std::size_t queued_bytes() const { return queued_; }  // not sent yet

 private:
  struct Sent {
    uint64_t position = 0;
    std::size_t offset = 0;
    std::size_t bytes = 0;
  };
  struct Part {
    std::string id;
    std::size_t offset = 0;
  };
  struct Kept {
    std::string response_id;
    unsigned turn_id = 0;
    std::vector<uint8_t> audio;
    std::vector<Part> parts;
    std::string text;
    std::deque<Sent> pieces;  // not known to be heard
    std::size_t sent = 0;
    std::size_t heard = 0;
    uint64_t start = kNoTime;
    uint64_t until = 0;
    bool ended = false;
    bool broken = false;  // ended, but not whole
    bool aside = false;
    bool end_sent = false;
    bool hang_up = false;
  };
  Kept* find(std::string_view response_id);
  uint64_t duration(std::size_t bytes) const { return bytes * 1'000'000 / bytes_per_ms_; }
  Reply describe(const Kept& kept, uint64_t position) const;
  const Kept* current() const;

  std::size_t bytes_per_ms_;
  std::size_t most_bytes_;
  std::deque<Kept> replies_;
  std::size_t queued_ = 0;
  uint64_t sent_until_ = 0;
  bool paused_ = false;
};

}  // namespace openai::realtime
