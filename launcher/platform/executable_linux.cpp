#include <glib.h>

#include "platform/executable.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield {

std::string executable_folder() {
  const gstpp::CharPtr path{g_file_read_link("/proc/self/exe", nullptr)};
  if (!path) return {};
  return gstpp::CharPtr{g_path_get_dirname(path.get())}.get();
}

}  // namespace jackfield
