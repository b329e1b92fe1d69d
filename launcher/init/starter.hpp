// The files that `jackfield init` writes: a scenario with its dialogue and grammar, a caller to try
// it with, and a place for secrets. Any thread.
#pragma once

#include <string>
#include <vector>

namespace jackfield {

struct StarterFile {
  std::string name;  // in the folder
  std::string text;
  std::string what;     // in a few words
  bool secret = false;  // only its owner may read it
  bool keep = false;    // one that is there is never replaced: it may hold what exists nowhere else
};

// `company` is how the agent names itself: 1 to 60 characters of plain text that can be spoken.
std::vector<StarterFile> starter_files(const std::string& company);

// Why a name cannot be used; "" when it can.
std::string company_error(const std::string& company);

// Writes the files into `folder` (made when it is not there) and puts those that it left alone into
// `kept`. Unless `overwrite`, it writes nothing at all when another one is there already. False and
// a reason when impossible.
bool write_starter(const std::string& folder, const std::vector<StarterFile>& files, bool overwrite,
                   std::vector<std::string>& kept, std::string& error);

}  // namespace jackfield
