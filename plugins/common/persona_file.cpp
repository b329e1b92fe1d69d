#include "persona_file.hpp"

#include <glib.h>

#include <stdexcept>

#include "gstpp.hpp"
#include "settings_text.hpp"
#include "utf8.hpp"

namespace jackfield {
namespace {

constexpr gsize kMostBytes = 1024 * 1024;

}  // namespace

Persona load_persona(const std::string& path) {
  gchar* raw = nullptr;
  gsize size = 0;
  gstpp::ErrorPtr error;
  const gboolean loaded = g_file_get_contents(path.c_str(), &raw, &size, gstpp::OutPtr{error});
  const gstpp::CharPtr text{raw};
  if (!loaded)
    throw std::runtime_error(std::string("The persona cannot be read: ") + error->message);
  if (size > kMostBytes || !is_utf8({text.get(), size}))
    throw std::runtime_error(path + ": a persona is UTF-8 text of at most 1 MiB.");
  try {
    return read_persona({text.get(), size});
  } catch (const PositionedError& mistake) {
    throw std::runtime_error(mistake_in(path, mistake));
  }
}

}  // namespace jackfield
