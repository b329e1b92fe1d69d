#include "scenario/profile.hpp"

#include <gio/gio.h>
#include <glib/gstdio.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string_view>

#include "platform/installation.hpp"
#include "plugins/common/gstpp.hpp"
#include "scenario/core/nearest.hpp"
#include "scenario/core/pipeline_text.hpp"
#include "scenario/core/secret_names.hpp"

namespace jackfield {
namespace {

using KeyFilePtr = std::unique_ptr<GKeyFile, gstpp::FreeWith<g_key_file_unref>>;
using StringsPtr = std::unique_ptr<gchar*, gstpp::FreeWith<g_strfreev>>;

constexpr char kProfile[] = "profile";
constexpr char kVariables[] = "variables";
constexpr std::string_view kEnding = ".conf";
constexpr goffset kLongest = 64 * 1024;
// The supervisor's own.
constexpr auto kReserved = std::to_array<std::string_view>({"HERE", "RECORDING", "SESSION"});

std::string join(const std::string& folder, const std::string& name) {
  return gstpp::CharPtr{g_build_filename(folder.c_str(), name.c_str(), nullptr)}.get();
}

bool is_file(const std::string& path) { return g_file_test(path.c_str(), G_FILE_TEST_IS_REGULAR); }

bool is_path(const std::string& given) {
  return given.ends_with(kEnding) || given.find('/') != std::string::npos ||
         given.find(G_DIR_SEPARATOR) != std::string::npos;
}

std::vector<std::string> folders_for(const std::string& pipeline_folder) {
  return {join(pipeline_folder, "profiles"), installed_folder("pipelines/profiles")};
}

std::string path_of(const std::string& name, const std::string& pipeline_folder) {
  for (const std::string& folder : folders_for(pipeline_folder)) {
    if (std::string path = join(folder, name + std::string{kEnding}); is_file(path)) return path;
  }
  return {};
}

// "name    description", a line each.
std::string list_of(const std::vector<std::string>& names, const std::string& pipeline_folder) {
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, name.size());
  std::string text;
  for (const std::string& name : names) {
    std::string ignored;
    const auto profile = read_profile(name, pipeline_folder, ignored);
    text += "\n  " + name + std::string(width - name.size() + 2, ' ') +
            (profile ? profile->description : "(cannot be read)");
  }
  return text;
}

std::string value_of(GKeyFile* file, const char* group, const char* key) {
  // As it is written: escapes are those of pipeline text.
  const gstpp::CharPtr value{g_key_file_get_value(file, group, key, nullptr)};
  return value ? value.get() : "";
}

std::vector<std::string> keys_of(GKeyFile* file, const char* group) {
  const StringsPtr keys{g_key_file_get_keys(file, group, nullptr, nullptr)};
  std::vector<std::string> names;
  for (gchar** key = keys.get(); key && *key; ++key) names.emplace_back(*key);
  return names;
}

// What is wrong with a variable of a profile, "" if nothing is.
std::string wrong_variable(const std::string& name, const std::string& value) {
  if (!is_variable_name(name)) return "'" + name + "' is no name of a variable";
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end())
    return "the variable " + name + " is jackfield's own";
  if (looks_secret(name))
    return "the variable " + name + " looks like a secret: it belongs into the file .env";
  if (!g_utf8_validate(value.data(), static_cast<gssize>(value.size()), nullptr))
    return "the value of " + name + " is not UTF-8";
  return {};
}

std::vector<std::string> words_of(const std::string& text) {
  const StringsPtr parts{g_strsplit_set(text.c_str(), " ,;\t", -1)};
  std::vector<std::string> words;
  for (gchar** part = parts.get(); *part; ++part) {
    if (**part) words.emplace_back(*part);
  }
  return words;
}

std::string fill(Profile& profile, GKeyFile* file) {
  const StringsPtr groups{g_key_file_get_groups(file, nullptr)};
  for (gchar** group = groups.get(); *group; ++group) {
    if (!g_str_equal(*group, kProfile) && !g_str_equal(*group, kVariables))
      return std::string{"there is no group ["} + *group + "] in a profile; it has [" + kProfile +
             "] and [" + kVariables + "]";
  }
  if (!g_key_file_has_group(file, kVariables))
    return std::string{"a profile has a group ["} + kVariables + "]";
  for (const std::string& key : keys_of(file, kProfile)) {
    const std::string value = value_of(file, kProfile, key.c_str());
    if (key == "description") {
      profile.description = value;
    } else if (key == "needs") {
      profile.needs = words_of(value);
    } else {
      const std::string hint = did_you_mean(key, {"description", "needs"});
      return "[" + std::string{kProfile} + "] has no '" + key + "'" +
             (hint.empty() ? "" : "; " + hint);
    }
  }
  for (const std::string& name : profile.needs) {
    if (!is_variable_name(name)) return "needs: '" + name + "' is no name of a variable";
  }
  for (const std::string& key : keys_of(file, kVariables)) {
    std::string value = value_of(file, kVariables, key.c_str());
    if (const std::string why = wrong_variable(key, value); !why.empty()) return why;
    profile.variables[key] = std::move(value);
  }
  return {};
}

}  // namespace

std::vector<std::string> profile_names(const std::string& pipeline_folder) {
  std::set<std::string> names;
  for (const std::string& folder : folders_for(pipeline_folder)) {
    const std::unique_ptr<GDir, gstpp::FreeWith<g_dir_close>> dir{
        g_dir_open(folder.c_str(), 0, nullptr)};
    while (const gchar* entry = dir ? g_dir_read_name(dir.get()) : nullptr) {
      const std::string_view name = entry;
      if (name.ends_with(kEnding) && name.size() > kEnding.size() && !name.starts_with('.'))
        names.emplace(name.substr(0, name.size() - kEnding.size()));
    }
  }
  return {names.begin(), names.end()};
}

std::optional<Profile> read_profile(const std::string& given, const std::string& pipeline_folder,
                                    std::string& error) {
  Profile profile{.name = given, .path = given, .description = {}, .needs = {}, .variables = {}};
  if (!is_path(given)) profile.path = path_of(given, pipeline_folder);
  if (profile.path.empty()) {
    const auto names = profile_names(pipeline_folder);
    const std::string hint = did_you_mean(given, names);
    error = "there is no profile '" + given + "'" + (hint.empty() ? "" : "; " + hint) +
            (names.empty() ? "\n  profiles are files profiles/NAME.conf beside the pipeline file "
                             "(docs/pipeline-files.md)"
                           : "\nthere are:" + list_of(names, pipeline_folder));
    return std::nullopt;
  }
  GStatBuf status{};
  if (g_stat(profile.path.c_str(), &status) != 0 || !is_file(profile.path) ||
      status.st_size > kLongest) {
    error =
        profile.path + ": " +
        (is_file(profile.path) ? "longer than 64 KiB; a profile is not" : "there is no such file");
    return std::nullopt;
  }
  const KeyFilePtr file{g_key_file_new()};
  gstpp::ErrorPtr failure;
  if (!g_key_file_load_from_file(file.get(), profile.path.c_str(), G_KEY_FILE_NONE,
                                 gstpp::OutPtr{failure})) {
    error = profile.path + ": " + failure->message;
    return std::nullopt;
  }
  if (const std::string why = fill(profile, file.get()); !why.empty()) {
    error = profile.path + ": " + why;
    return std::nullopt;
  }
  return profile;
}

}  // namespace jackfield
