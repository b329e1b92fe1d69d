#pragma once

#include <gio/gio.h>

#include <string>

#include "plugins/common/gstpp.hpp"

namespace jackfield {

// The certificate (PEM, with the chain below it) and its key (PEM, without a password). nullptr and
// a text for the user when that is impossible. The key of a file that others than its owner can
// read is taken all the same; `warning` says so.
gstpp::GObjectPtr<GTlsCertificate> load_certificate(const std::string& certificate,
                                                    const std::string& key, std::string& warning,
                                                    std::string& error);

}  // namespace jackfield
