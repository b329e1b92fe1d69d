#include "platform/installation.hpp"

#include <glib.h>

#include "config.h"
#include "platform/executable.hpp"
#include "plugins/common/core/installed_prefix.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield {
namespace {

std::string join(const std::string& folder, const char* name) {
  return gstpp::CharPtr{g_build_filename(folder.c_str(), name, nullptr)}.get();
}

// A folder below the prefix: of this program's own installation, or else as configured.
std::string below_prefix(const char* subfolder) {
  std::string prefix = prefix_of(executable_folder(), JACKFIELD_BINDIR);
  if (prefix.empty()) prefix = JACKFIELD_PREFIX;
  return g_path_is_absolute(subfolder) ? subfolder : join(prefix, subfolder);
}

bool is_file(const std::string& path) { return g_file_test(path.c_str(), G_FILE_TEST_IS_REGULAR); }

}  // namespace

std::string plugin_folder() { return below_prefix(JACKFIELD_PLUGINDIR); }

std::string installed_folder(const std::string& folder) {
  return join(below_prefix(JACKFIELD_DATADIR), folder.c_str());
}

std::string find_installed(const std::string& name, const std::string& folder) {
  if (name.empty() || g_path_is_absolute(name.c_str()) ||
      g_file_test(name.c_str(), G_FILE_TEST_EXISTS))
    return name;
  const std::string data = below_prefix(JACKFIELD_DATADIR);
  if (std::string path = join(data, name.c_str()); is_file(path)) return path;
  if (std::string path = join(join(data, folder.c_str()), name.c_str()); is_file(path)) return path;
  return name;
}

}  // namespace jackfield
