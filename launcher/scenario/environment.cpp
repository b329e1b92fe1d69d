#include "scenario/environment.hpp"

#include <glib.h>
#include <glib/gstdio.h>

#include <algorithm>

#include "platform/private_file.hpp"
#include "plugins/common/gstpp.hpp"
#include "scenario/core/env_file.hpp"
#include "scenario/core/pipeline_text.hpp"
#include "scenario/core/secret_names.hpp"
#include "text/redaction.hpp"
#include "text/xml_escape.hpp"

namespace jackfield {
namespace {

constexpr goffset kMaxFile = 64 * 1024;

std::string find_in(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    gstpp::CharPtr path{folder == "." ? g_strdup(".env")
                                      : g_build_filename(folder.c_str(), ".env", nullptr)};
    if (g_file_test(path.get(), G_FILE_TEST_EXISTS)) return path.get();
  }
  return {};
}

bool read(const std::string& path, std::string& text, std::string& error) {
  GStatBuf status{};
  if (g_stat(path.c_str(), &status) != 0) {
    error = path + ": " + g_strerror(errno);
  } else if (!g_file_test(path.c_str(), G_FILE_TEST_IS_REGULAR)) {
    error = path + ": this is not a file";
  } else if (status.st_size > kMaxFile) {
    error = path + ": longer than 64 KiB; a file of variables is not";
  } else if (const std::string why = why_not_private(path); !why.empty()) {
    error = path + ": " + why;
  }
  if (!error.empty()) return false;
  gstpp::CharPtr content;
  gsize size = 0;
  gstpp::ErrorPtr failure;
  if (!g_file_get_contents(path.c_str(), gstpp::OutPtr{content}, &size, gstpp::OutPtr{failure})) {
    error = path + ": " + failure->message;
    return false;
  }
  text.assign(content.get(), size);
  return true;
}

}  // namespace

bool load_env_file(const std::string& given, const std::vector<std::string>& folders,
                   std::string& used, std::string& error) {
  const std::string path = given.empty() ? find_in(folders) : given;
  if (path.empty()) return true;
  std::string text;
  if (!read(path, text, error)) return false;
  auto parsed = parse_env_file(text);
  const Secret wiped{std::move(text)};
  if (const auto* wrong = std::get_if<EnvError>(&parsed)) {
    error = path + ":" + std::to_string(wrong->line) + ": " + wrong->message;
    return false;
  }
  for (EnvEntry& entry : std::get<std::vector<EnvEntry>>(parsed)) {
    g_setenv(entry.name.c_str(), entry.value.c_str(), FALSE);
    const Secret gone{std::move(entry.value)};
  }
  used = path;
  return true;
}

void hide_value(const std::string& value) {
  if (value.size() < kShortestSecret) return;
  hide(value);
  hide(escape_word(value));
  hide(escape_quoted(value));
  hide(escape_word(escape_quoted(value)));
  hide(xml_escape(value));
  for (char* (*escape)(const char*) :
       {+[](const char* text) { return g_strescape(text, nullptr); },
        +[](const char* text) { return g_uri_escape_string(text, nullptr, FALSE); }}) {
    gstpp::CharPtr escaped{escape(value.c_str())};
    hide(escaped.get());
  }
}

void hide_secrets_of_environment() {
  std::unique_ptr<gchar*, gstpp::FreeWith<g_strfreev>> names{g_listenv()};
  for (gchar** name = names.get(); *name; ++name) {
    const gchar* value = g_getenv(*name);
    if (value && looks_secret(*name)) hide_value(value);
  }
}

std::optional<Secret> take_from_environment(const char* name) {
  const gchar* value = g_getenv(name);
  if (!value) return std::nullopt;
  Secret secret{value};
  hide_value(value);
  g_unsetenv(name);
  return secret;
}

}  // namespace jackfield
