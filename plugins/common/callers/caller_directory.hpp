// The callers that are known, in a SQLite file: number or browser identity, name, language, what
// they may do, and notes. docs/callers.md is the same for users.
//
// Each function is one bounded transaction, which may wait for another process and for the disk:
// none belongs into a thread that audio passes. Several processes may use a file at a time. An
// object is for one thread at a time; it is cheap, so whoever has something to do opens it, and
// closes it again. Times are arguments, Unix time in seconds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "caller.hpp"

namespace jackfield::callers {

// What could not be done, with the file's name and what can be done about it.
class DirectoryError : public std::runtime_error {
 public:
  enum class Cause {
    kMissing,  // this Jackfield was built without SQLite
    kFile,     // it cannot be opened, made or written
    kLocked,   // another process holds it for too long
    kDamaged,  // it is no directory (any more), or of a newer version
    kFull,     // the disk, or a limit
    kRefused,  // what was asked for is not possible; the text says why
  };
  DirectoryError(Cause cause, const std::string& what) : std::runtime_error(what), cause_(cause) {}
  Cause cause() const { return cause_; }

 private:
  Cause cause_;
};

class CallerDirectory {
 public:
  // False when this Jackfield was built without SQLite: opening one throws then.
  static bool available();

  // Opens the file and brings it to this version. `create`: makes it when it is not there; without
  // that it is an error. Throws DirectoryError, as every function here.
  explicit CallerDirectory(const std::string& path, const Limits& limits = {}, bool create = true);
  ~CallerDirectory();
  CallerDirectory(const CallerDirectory&) = delete;
  CallerDirectory& operator=(const CallerDirectory&) = delete;

  // With all notes; nullopt: not known. `identity` everywhere as read_identity() gives it.
  std::optional<Caller> find(std::string_view identity);
  // Without notes, in the order of their identities, those behind `after`.
  std::vector<Caller> list(std::string_view after, std::size_t most);

  // They call now. Who is not known stays so.
  void called(std::string_view identity, std::int64_t now);
  // Makes an entry where there is none; kRefused when a text does not fit. `calling`: they are on
  // the line, so a new entry counts this call.
  void change(std::string_view identity, const Change& change, std::int64_t now,
              bool calling = false);
  // The same with a note. Of too many the agent's oldest goes, then, for a person's, the oldest.
  // The note's id.
  std::int64_t add_note(std::string_view identity, const Note& note, bool calling = false);
  bool remove_note(std::string_view identity, std::int64_t id, std::int64_t now);

  struct Forgotten {
    bool known = false;
    // Nothing of it is in the file or its log any more. False when another process was in the way,
    // or the disk is full: what is left of it goes the next time that something is deleted, also
    // when the same caller, who is not known any more, is forgotten once more.
    bool erased = true;
  };
  Forgotten forget(std::string_view identity);

  struct Purged {
    std::int64_t callers = 0, notes = 0;
    bool erased = true;  // as above
  };
  // Who has neither called nor been changed for `days`, and notes that are older.
  Purged purge(std::int64_t now, unsigned days);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::callers
