// Names that nobody can guess.
#pragma once

#include <glib.h>

#include <string>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

inline std::string random_id() {
  const gstpp::CharPtr uuid{g_uuid_string_random()};  // 122 random bits from the system
  return uuid.get();
}

}  // namespace jackfield
