// A pipeline file: read, filled in, checked, built. Every error says file, line and column.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <vector>

#include "plugins/common/gstpp.hpp"
#include "scenario/core/pipeline_text.hpp"
#include "scenario/core/pipeline_words.hpp"
#include "scenario/core/seat_files.hpp"
#include "scenario/core/services.hpp"
#include "scenario/core/variables.hpp"

namespace jackfield {

class PipelineFile {
 public:
  // Reads the file, or the one of that name among the installed scenarios; nullopt and a text for
  // the user in `error` when that is impossible.
  static std::optional<PipelineFile> read(const std::string& given, std::string& error);

  const std::string& path() const { return path_; }
  // The folder of the file, absolute: the variable HERE.
  const std::string& folder() const { return folder_; }
  const std::string& source() const { return source_; }

  // The text with these variables (HERE is added).
  std::variant<PipelineText, TextError> expand(const Variables& variables) const;

  // Every variable the file mentions, and the texts of the profile it uses, as far as they can be
  // read.
  std::vector<std::string> mentioned_variables(const Variables& variables) const;

  // "FILE:LINE:COLUMN: ..." with the source line, for an offset in the file.
  std::string describe(const TextError& error) const;

 private:
  std::string path_;
  std::string folder_;
  std::string source_;
};

// The environment and the platform's CAPTURE and PLAYBACK.
Variables standard_variables();

// What a participant of a conference is given.
struct CheckedSeat {
  SeatKind kind = SeatKind::kPhone;
  PipelineFile file;
};

struct CheckedPipeline {
  PipelineText text;  // of a room, with the variables of its seats
  ScenarioKind kind = ScenarioKind::kOnce;
  // An agent at a microphone: runs by itself, one conversation after the other.
  bool desk = false;
  // Keys of services that nobody has set.
  std::vector<MissingKey> missing_keys;
  // What will go wrong later, a line each: models that will be shut down.
  std::vector<std::string> warnings;
  // Of a room.
  std::vector<CheckedSeat> seats;
  unsigned most_seats = 0;  // inputs that its mixer takes
};

// Expands and checks: elements and properties known, values and files they name valid, and
// gst_parse_launch builds it. GStreamer must be initialised. Every error found goes to `errors`, as
// text for the user.
std::optional<CheckedPipeline> check_pipeline(const PipelineFile& file, const Variables& variables,
                                              std::vector<std::string>& errors);
// The same with the places in the file.
std::optional<CheckedPipeline> check_pipeline(const PipelineFile& file, const Variables& variables,
                                              std::vector<TextError>& errors);

// Builds the pipeline of one session. nullptr and `error` on failure.
gstpp::ElementPtr build_pipeline(const PipelineFile& file, const Variables& variables,
                                 std::string& error);

}  // namespace jackfield
