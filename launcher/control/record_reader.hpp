// Reads what is in the folder of a call. Nothing outside of it is ever opened, whatever has been
// put there. Any thread; takes as long as the disk does.
#pragma once

#include <optional>
#include <string>

#include "control/core/record_index.hpp"
#include "control/session_view.hpp"

namespace jackfield {

// `root` is the folder of recordings, `folder` a name that parse_record_name() takes.
// nullopt: it is not the folder of a call, or is gone.
std::optional<RecordSummary> read_record(const std::string& root, const std::string& folder);

// With the conversation: at most the first 10000 entries of it.
std::optional<SessionDetail> read_record_detail(const std::string& root, const std::string& folder);

// Was this said? Letters of either case.
bool record_contains(const std::string& root, const std::string& folder, const std::string& text);

// As the API tells it.
SessionView view_of(const RecordSummary& record);

// A small text file of the folder; nullopt when there is none, or it is longer than `limit`.
std::optional<std::string> read_record_file(const std::string& root, const std::string& folder,
                                            const char* name, std::size_t limit);

}  // namespace jackfield
