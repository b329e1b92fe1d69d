#include "serve/tls_certificate.hpp"

#include "platform/private_file.hpp"

namespace jackfield {

gstpp::GObjectPtr<GTlsCertificate> load_certificate(const std::string& certificate,
                                                    const std::string& key, std::string& warning,
                                                    std::string& error) {
  if (!g_tls_backend_supports_tls(g_tls_backend_get_default())) {
    error = "this system's GLib has no TLS: install the package glib-networking";
    return nullptr;
  }
  gstpp::ErrorPtr failure;
  gstpp::GObjectPtr<GTlsCertificate> loaded{
      g_tls_certificate_new_from_files(certificate.c_str(), key.c_str(), gstpp::OutPtr{failure})};
  if (!loaded) {
    error = "the certificate " + certificate + " with the key " + key +
            " cannot be used: " + failure->message;
    return nullptr;
  }
  if (const std::string why = why_not_private(key); !why.empty()) warning = key + ": " + why;
  return loaded;
}

}  // namespace jackfield
