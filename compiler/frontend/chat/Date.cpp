//===- Date.cpp - The day that a chat template prints ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/frontend/chat/Date.h"

#include "llvm/ADT/StringExtras.h"

namespace mlir::eke {

std::optional<Date> Date::parse(llvm::StringRef text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-')
    return std::nullopt;
  int year, month, day;
  for (auto [part, number] : {std::pair(text.substr(0, 4), &year),
                              {text.substr(5, 2), &month},
                              {text.substr(8, 2), &day}})
    if (!llvm::all_of(part, llvm::isDigit) || part.getAsInteger(10, *number))
      return std::nullopt;
  Date date;
  date.day.tm_year = year - 1900;
  date.day.tm_mon = month - 1;
  date.day.tm_mday = day;
  // It finds the day of the week, and makes another day of one that is not there.
  if (timegm(&date.day) == -1 || year < 1000 || date.day.tm_mon != month - 1 ||
      date.day.tm_mday != day)
    return std::nullopt;
  return date;
}

std::string Date::print() const { return llvm::cantFail(format("%F")); }

llvm::Expected<std::string> Date::format(llvm::StringRef format) const {
  constexpr llvm::StringLiteral ofDays = "aAbBCdDeFgGhjmntuUVwWxyY%";
  constexpr llvm::StringLiteral flags = "-_0^#";
  std::string result;
  while (!format.empty()) {
    size_t length = std::min(format.find('%'), format.size());
    result += format.take_front(length);
    format = format.drop_front(length);
    if (format.empty())
      break;
    length = 1 + (format.size() > 1 && flags.contains(format[1]));
    if (length >= format.size() || !ofDays.contains(format[length]))
      return llvm::createStringError("'strftime_now' is to print '" +
                                     format.take_front(length + 1) +
                                     "', which is no part of a day");
    char buffer[64];
    std::string directive = format.take_front(length + 1).str();
    result += llvm::StringRef(
        buffer, std::strftime(buffer, sizeof(buffer), directive.c_str(), &day));
    format = format.drop_front(length + 1);
  }
  return result;
}

} // namespace mlir::eke
