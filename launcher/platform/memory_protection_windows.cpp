// windows.h first: werapi.h needs it.
#include <werapi.h>
#include <windows.h>

#include "platform/memory_protection.hpp"

namespace jackfield {

// The heap, where secrets are, is left out of error reports.
void keep_memory_private() { WerSetFlags(WER_FAULT_REPORTING_FLAG_NOHEAP); }

}  // namespace jackfield
