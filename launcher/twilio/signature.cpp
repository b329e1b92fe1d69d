#include "twilio/signature.hpp"

#include <glib.h>

#include <array>

#include "plugins/common/gstpp.hpp"
#include "text/constant_time.hpp"
#include "twilio/core/signed_text.hpp"

namespace jackfield::twilio {
namespace {

// Of a body that is no form the URL has the SHA-256.
bool body_fits(const SignedRequest& request) {
  if (request.form_body || request.body.empty()) return true;
  gstpp::CharPtr digest{g_compute_checksum_for_data(
      G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(request.body.data()),
      request.body.size())};
  return equal_in_constant_time(digest.get(), body_digest_of(request.url));
}

}  // namespace

std::string twilio_signature(std::string_view token, std::string_view url,
                             const FormParameters& form) {
  const std::string text = signed_text(url, form);
  std::array<guint8, 20> digest{};
  gsize size = digest.size();
  GHmac* hmac =
      g_hmac_new(G_CHECKSUM_SHA1, reinterpret_cast<const guchar*>(token.data()), token.size());
  g_hmac_update(hmac, reinterpret_cast<const guchar*>(text.data()),
                static_cast<gssize>(text.size()));
  g_hmac_get_digest(hmac, digest.data(), &size);
  g_hmac_unref(hmac);
  gstpp::CharPtr base64{g_base64_encode(digest.data(), digest.size())};
  return base64.get();
}

bool SignatureCheck::accepts(const SignedRequest& request) const {
  if (!enabled()) return true;
  const FormParameters none;
  bool good = false;
  // Every form is tried, whatever came of those before it.
  for (const std::string& url : signed_url_forms(request.url)) {
    const std::string right =
        twilio_signature(token_.text(), url, request.form_body ? request.form : none);
    good |= equal_in_constant_time(right, request.signature);
  }
  return good & body_fits(request);
}

}  // namespace jackfield::twilio
