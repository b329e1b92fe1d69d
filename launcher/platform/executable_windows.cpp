#include <glib.h>
#include <windows.h>

#include "platform/executable.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield {

std::string executable_folder() {
  wchar_t path[MAX_PATH];
  const DWORD length = GetModuleFileNameW(nullptr, path, MAX_PATH);
  if (length == 0 || length == MAX_PATH) return {};
  const gstpp::CharPtr utf8{
      g_utf16_to_utf8(reinterpret_cast<const gunichar2*>(path), -1, nullptr, nullptr, nullptr)};
  if (!utf8) return {};
  return gstpp::CharPtr{g_path_get_dirname(utf8.get())}.get();
}

}  // namespace jackfield
