#include "text/hmac.hpp"

#include <glib.h>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

std::string hmac_sha256(std::string_view key, std::string_view text) {
  gstpp::CharPtr digest{g_compute_hmac_for_string(
      G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(key.data()), key.size(),
      reinterpret_cast<const gchar*>(text.data()), static_cast<gssize>(text.size()))};
  return digest.get();
}

}  // namespace jackfield
