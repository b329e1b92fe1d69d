#include <sys/stat.h>

#include "platform/private_file.hpp"

namespace jackfield {

std::string why_not_private(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return {};
  return "others than its owner may use it, and it is for secrets; chmod 600 " + path;
}

}  // namespace jackfield
