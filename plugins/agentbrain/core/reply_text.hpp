// The text of the replies that are on their way: what the TTS stage was given, reply by reply.
// Pure; one thread at a time.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "reply_timeline.hpp"

namespace agentbrain {

class ReplyTexts {
 public:
  void add(const std::string& sentence);
  void add_filler(const std::string& text);
  void end();  // of the newest reply
  void pop();  // the oldest reply was heard to its end
  void clear() { replies_.clear(); }

  // Of the oldest: everything, and what was heard of it, as it was written; both without fillers.
  std::string full() const;
  std::string heard(const ReplyTimeline::Heard& heard) const;

 private:
  struct Text {
    std::string text;
    bool filler = false;
  };
  struct Reply {
    std::vector<Text> texts;  // in the order in which they are spoken
    std::size_t bytes = 0;
    bool ended = false;
  };
  static std::string first_bytes(const Reply& reply, std::size_t bytes);
  void add(std::string text, bool filler);
  Reply& newest();
  std::deque<Reply> replies_;
};

}  // namespace agentbrain
