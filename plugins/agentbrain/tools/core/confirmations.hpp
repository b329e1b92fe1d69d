// Calls that the caller has to agree to: the first one is not carried out, the model asks the
// caller, and the same call once more, in the reply to what the caller said then, may run, once.
// What was said is left to the model; that somebody spoke in between is not. In virtual time (ns of
// one clock that never goes back). One thread at a time.
//
// Turns are numbered in the order in which they are asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "json_reader.hpp"

namespace agentbrain::tools {

// `arguments` with its members in order, as JSON: the same for the same arguments, however they
// were written.
std::string canonical_json(jackfield::JsonValue arguments);

class Confirmations {
 public:
  // The caller speaks, or not any more.
  void speaks(bool speaking);
  // Words of the caller's went to the model as turn `turn`; nothing: as a turn of unknown number.
  // With `continues` those of the turn before went with them once more, because nothing was heard
  // of the answer: nor of what it asked.
  void said(std::optional<unsigned> turn, bool continues);
  // `tool` is called in turn `turn`. False: the caller is to be asked first.
  bool take(const std::string& tool, const std::string& arguments, unsigned turn,
            std::uint64_t now);
  // The conversation is over.
  void clear();

 private:
  struct Asked {
    std::string tool, arguments;
    unsigned turn = 0;
    std::uint64_t order = 0;       // among all that happened
    std::uint64_t until = 0;       // ns
    std::optional<unsigned> said;  // the caller's turn since
  };

  std::deque<Asked> asked_;
  std::uint64_t order_ = 0;
  bool speaks_ = false;
  std::uint64_t began_ = 0;  // in that order: what is being said
};

}  // namespace agentbrain::tools
