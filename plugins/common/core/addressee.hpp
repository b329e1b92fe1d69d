// Whom is a turn meant for? Where several people talk with each other, an agent answers those turns
// in which its name is said, and those that follow its reply within a window. Pure; one thread at a
// time. Times are nanoseconds of one running time.
#pragma once

#include <cstdint>
#include <string_view>

#include "spoken_names.hpp"

namespace jackfield {

class Addressee {
 public:
  struct Config {
    bool named = false;  // false: every turn is meant for the agent
    SpokenNames names;   // empty: the same
    std::uint64_t window = 10'000'000'000;
  };

  void configure(const Config& config) { config_ = config; }

  // Is all that is said meant for the agent?
  bool always() const { return !config_.named || config_.names.empty(); }
  // Would a turn that began at that time be meant for it, whatever is said? From the turn in which
  // it is named until `window` after the reply; so it is behind a reply that ends with a question.
  bool listens(std::uint64_t began) const { return always() || began < open_until_; }
  bool named_in(std::string_view text) const { return config_.names.in(text); }
  // Whether a turn of this text is.
  bool meant(std::string_view text, std::uint64_t began) const {
    return listens(began) || named_in(text);
  }

  // A turn is answered; `named`: the agent was named in it.
  void answers(bool named);
  // A piece of its reply.
  void says(std::string_view text);
  // That reply was heard, was cut or came to nothing.
  void reply_over(std::uint64_t now);

 private:
  Config config_;
  bool answering_ = false;
  bool named_ = false;  // in the turn that is being answered
  bool asks_ = false;   // the reply so far ends with a question
  std::uint64_t open_until_ = 0;
};

}  // namespace jackfield
