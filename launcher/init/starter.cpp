#include "init/starter.hpp"

#include <gio/gio.h>
#include <glib/gstdio.h>

#include <algorithm>
#include <cerrno>

#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

constexpr char kCompany[] = "@COMPANY@";
constexpr glong kLongestCompany = 60;

std::string resource(const std::string& name) {
  GError* raw = nullptr;
  GBytes* bytes = g_resources_lookup_data(("/jackfield/starter/" + name).c_str(),
                                          G_RESOURCE_LOOKUP_FLAGS_NONE, &raw);
  if (!bytes) {
    gstpp::ErrorPtr error{raw};
    g_error("the program lacks its own file %s: %s", name.c_str(), error->message);
  }
  gsize size = 0;
  const auto* data = static_cast<const char*>(g_bytes_get_data(bytes, &size));
  std::string text{data, size};
  g_bytes_unref(bytes);
  return text;
}

std::string path_in(const std::string& folder, const std::string& name) {
  gstpp::CharPtr path{g_build_filename(folder.c_str(), name.c_str(), nullptr)};
  return path.get();
}

}  // namespace

std::string company_error(const std::string& company) {
  if (!g_utf8_validate(company.data(), static_cast<gssize>(company.size()), nullptr))
    return "it is not UTF-8";
  const glong length = g_utf8_strlen(company.data(), static_cast<gssize>(company.size()));
  if (length < 1 || length > kLongestCompany)
    return "it must have 1 to " + std::to_string(kLongestCompany) + " characters";
  bool letters = false;
  for (const char* at = company.c_str(); *at; at = g_utf8_next_char(at)) {
    const gunichar c = g_utf8_get_char(at);
    letters = letters || g_unichar_isalnum(c);
    // A quote or a brace would mean something in a dialogue.
    if (g_unichar_iscntrl(c) || c == '"' || c == '\\' || c == '$' || c == '{' || c == '}')
      return "it must be plain text, without quotes, braces, $ and backslashes";
  }
  return letters ? "" : "it has nothing that can be spoken";
}

std::vector<StarterFile> starter_files(const std::string& company) {
  std::vector<StarterFile> files{
      {.name = "agent.gst", .what = "the scenario: what is connected with what"},
      {.name = "dialogue.json", .what = "what the agent says, and when"},
      {.name = "words.gram", .what = "what callers can say"},
      {.name = "words.dict", .what = "how words sound that the dictionary does not know"},
      {.name = "caller.json", .what = "a caller for trying it out"},
      {.name = ".env", .what = "secrets; readable by you only", .secret = true, .keep = true},
      {.name = ".gitignore", .what = "keeps secrets and recordings out of git", .keep = true},
  };
  for (StarterFile& file : files) {
    file.text = resource(file.name);
    if (const std::size_t at = file.text.find(kCompany); at != std::string::npos)
      file.text.replace(at, sizeof kCompany - 1, company);
  }
  return files;
}

bool write_starter(const std::string& folder, const std::vector<StarterFile>& files, bool overwrite,
                   std::vector<std::string>& kept, std::string& error) {
  if (g_mkdir_with_parents(folder.c_str(), 0777) != 0) {
    error = folder + ": the folder cannot be made: " + g_strerror(errno);
    return false;
  }
  kept.clear();
  std::string in_the_way;
  for (const StarterFile& file : files) {
    if (!g_file_test(path_in(folder, file.name).c_str(), G_FILE_TEST_EXISTS)) continue;
    if (file.keep) {
      kept.push_back(file.name);
    } else {
      in_the_way += (in_the_way.empty() ? "" : ", ") + file.name;
    }
  }
  if (!overwrite && !in_the_way.empty()) {
    error = folder + ": there already: " + in_the_way +
            "\nNothing was written. Name another folder, or add --force to replace them.";
    return false;
  }
  for (const StarterFile& file : files) {
    if (std::find(kept.begin(), kept.end(), file.name) != kept.end()) continue;
    gstpp::ErrorPtr failure;
    // Written beside it and renamed: a full disk leaves no half of a file.
    if (!g_file_set_contents_full(path_in(folder, file.name).c_str(), file.text.data(),
                                  static_cast<gssize>(file.text.size()),
                                  G_FILE_SET_CONTENTS_CONSISTENT, file.secret ? 0600 : 0666,
                                  gstpp::OutPtr{failure})) {
      error = failure->message;
      return false;
    }
  }
  return true;
}

}  // namespace jackfield
