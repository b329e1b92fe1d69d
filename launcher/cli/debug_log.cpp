#include "cli/debug_log.hpp"

#include <glib/gstdio.h>
#include <gst/gst.h>

#include <cstdio>
#include <string>

#if defined(_WIN32)
#include <process.h>
#else
#include <unistd.h>
#endif

#include "plugins/common/gstpp.hpp"
#include "text/redaction.hpp"

namespace jackfield::cli {
namespace {

int process_id() {
#if defined(_WIN32)
  return _getpid();
#else
  return getpid();
#endif
}

// The file of GST_DEBUG_FILE; GStreamer replaces %p by the process and %r by a random number.
std::FILE* log_file() {
  const gchar* name = g_getenv("GST_DEBUG_FILE");
  if (!name || !*name) return stderr;
  if (g_str_equal(name, "-")) return stdout;
  std::string path;
  for (const gchar* c = name; *c; ++c) {
    if (c[0] == '%' && (c[1] == 'p' || c[1] == 'r')) {
      path += c[1] == 'p' ? std::to_string(process_id()) : std::to_string(g_random_int());
      ++c;
    } else {
      path += *c;
    }
  }
  // GStreamer has begun this very file already, unless the name has a pattern.
  std::FILE* file = g_fopen(path.c_str(), "a");
  return file ? file : stderr;
}

void write_log(GstDebugCategory* category, GstDebugLevel level, const gchar* file,
               const gchar* function, gint line, GObject* object, GstDebugMessage* message,
               gpointer user) {
  if (level > gst_debug_category_get_threshold(category)) return;
  gstpp::CharPtr text{
      gst_debug_log_get_line(category, level, file, function, line, object, message)};
  const std::string clean = redacted(text.get());
  auto* to = static_cast<std::FILE*>(user);
  std::fputs(clean.c_str(), to);
  std::fflush(to);
}

}  // namespace

void redact_debug_log() {
  if (!has_secrets() || !gst_debug_is_active()) return;
  gst_debug_add_log_function(write_log, log_file(), nullptr);
  gst_debug_remove_log_function(gst_debug_log_default);
}

}  // namespace jackfield::cli
