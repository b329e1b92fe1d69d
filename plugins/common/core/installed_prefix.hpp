// Where an installation lies that was moved after it was built: everything in it is found from the
// place of one of its files.
#pragma once

#include <string>
#include <string_view>

namespace jackfield {

// The prefix of an installation that has a file in the folder `folder`, which is `subfolder` of the
// prefix ("lib/gstreamer-1.0"). Empty: the folder is not that of an installation, but for instance
// of a build. Both kinds of slash separate.
inline std::string prefix_of(std::string_view folder, std::string_view subfolder) {
  const auto separator = [](char c) { return c == '/' || c == '\\'; };
  while (!folder.empty() && separator(folder.back())) folder.remove_suffix(1);
  while (!subfolder.empty() && separator(subfolder.back())) subfolder.remove_suffix(1);
  if (subfolder.empty() || separator(subfolder.front()) || folder.size() <= subfolder.size())
    return {};
  const std::string_view tail = folder.substr(folder.size() - subfolder.size());
  for (std::size_t i = 0; i < tail.size(); ++i) {
    if (tail[i] != subfolder[i] && !(separator(tail[i]) && separator(subfolder[i]))) return {};
  }
  folder.remove_suffix(subfolder.size());
  if (!separator(folder.back())) return {};
  while (folder.size() > 1 && separator(folder.back())) folder.remove_suffix(1);
  return std::string{folder};
}

}  // namespace jackfield
