// What a directory knows of somebody who calls. Times are Unix time in seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::callers {

// Who wrote a note.
enum class Author { kAgent, kPerson };
const char* author_name(Author author);  // "agent", "person"

struct Note {
  std::int64_t id = 0;
  std::int64_t time = 0;
  Author author = Author::kAgent;
  std::string source;  // the session in which it was written; "" when that is not known
  std::string text;
};

struct Caller {
  std::string identity;  // as read_identity() gives it
  std::string name;
  std::string language;                  // BCP 47, "de" or "en-GB"
  std::vector<std::string> permissions;  // in alphabetical order, each once
  std::int64_t created = 0;
  std::int64_t changed = 0;    // by a person or an agent
  std::int64_t last_call = 0;  // 0: none since it is known
  std::int64_t calls = 0;
  std::size_t note_count = 0;
  std::vector<Note> notes;  // the oldest first; empty in lists
};

// What is to be another; what is not there stays.
struct Change {
  std::optional<std::string> name;
  std::optional<std::string> language;
  std::optional<std::vector<std::string>> permissions;
};

struct Limits {
  std::size_t callers = 100'000;
  std::size_t notes = 100;        // of a caller
  std::size_t note_bytes = 1024;  // UTF-8
  std::size_t name_bytes = 128;
  std::size_t permissions = 32;        // of a caller
  std::size_t file_bytes = 512 << 20;  // of the directory
  int busy_ms = 1000;                  // how long another process's lock is waited for
  int query_ms = 2000;                 // the longest query
  int erase_ms = 30'000;               // to make sure that deleted entries have left the file
};

}  // namespace jackfield::callers
