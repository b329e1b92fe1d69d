#include "signature.hpp"

#include <glib.h>

#include <algorithm>
#include <array>

#include "simulate/core/codec.hpp"

namespace jackfield::simulate {

std::string twilio_signature(std::string_view token, std::string_view url,
                             const FormParameters& form) {
  // Byte order of names; the values of one name are sorted and each counts once.
  FormParameters sorted = form;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text{url};
  for (const auto& [name, value] : sorted) text += name + value;

  std::array<guint8, 20> digest{};
  gsize size = digest.size();
  GHmac* hmac =
      g_hmac_new(G_CHECKSUM_SHA1, reinterpret_cast<const guchar*>(token.data()), token.size());
  g_hmac_update(hmac, reinterpret_cast<const guchar*>(text.data()),
                static_cast<gssize>(text.size()));
  g_hmac_get_digest(hmac, digest.data(), &size);
  g_hmac_unref(hmac);
  std::string out;
  base64_append(out, digest);
  return out;
}

}  // namespace jackfield::simulate
