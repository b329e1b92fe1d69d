// jackfield.conf as a file: read, and its paths and addresses checked. Every error says file, line
// and column.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/core/conf.hpp"

namespace jackfield {

class ConfFile {
 public:
  // Would this be read as a jackfield.conf (and not as a pipeline file)? By its name's ending.
  static bool is_named(const std::string& path);

  // nullopt when something is wrong: each mistake a text for the user in `errors`. Paths in the
  // result are absolute where they count from the folder of the file.
  static std::optional<ConfFile> read(const std::string& path, std::vector<std::string>& errors);

  const std::string& path() const { return path_; }
  const std::string& folder() const { return folder_; }
  const Conf& conf() const { return conf_; }

  // "FILE:LINE:COLUMN: message", the line, and the hint.
  std::string describe(std::size_t offset, const std::string& message,
                       const std::string& hint = {}) const;

 private:
  void resolve_paths();
  std::vector<TextError> wrong_values() const;

  std::string path_;
  std::string folder_;
  std::string source_;
  Conf conf_;
};

}  // namespace jackfield
