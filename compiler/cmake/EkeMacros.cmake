# eke_tablegen(<stem> <td> <output> <action> ...): a file's generated parts.
function(eke_tablegen target td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(TABLEGEN_OUTPUT)
  while(ARGN)
    list(POP_FRONT ARGN output action)
    separate_arguments(flags UNIX_COMMAND "${action}")
    tablegen(MLIR ${output} ${flags} "-I${PROJECT_SOURCE_DIR}"
      "-I${MLIR_INCLUDE_DIRS}")
  endwhile()
  add_public_tablegen_target(${target})
endfunction()

# eke_add_library(<name> SRCS ... [LIBS ...] [DEPENDS ...]): one of our libraries.
function(eke_add_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SRCS})
  target_link_libraries(${name} PUBLIC eke_options ${ARG_LIBS})
  target_precompile_headers(${name} REUSE_FROM eke_pch)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(NOT LLVM_ENABLE_RTTI)
    target_compile_options(${name} PRIVATE -fno-rtti)
  endif()
endfunction()

# eke_list_stems(<output> <macro> <source>...): a file with a line MACRO(stem) for
# each source, so that what a source registers is named in one place, its list.
function(eke_list_stems output macro)
  set(text)
  foreach(source IN LISTS ARGN)
    cmake_path(GET source STEM stem)
    string(APPEND text "${macro}(${stem})\n")
  endforeach()
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${output}" CONTENT "${text}")
endfunction()

# eke_add_tool(<name> SRCS ... LIBS ...): a program in the build's bin folder.
function(eke_add_tool name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  # -fPIC, not an executable's -fPIE: the precompiled header serves libraries.
  set_target_properties(${name} PROPERTIES
    POSITION_INDEPENDENT_CODE OFF
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  target_compile_options(${name} PRIVATE -fPIC)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  target_precompile_headers(${name} REUSE_FROM eke_pch)
  if(NOT LLVM_ENABLE_RTTI)
    target_compile_options(${name} PRIVATE -fno-rtti)
  endif()
endfunction()

# eke_add_unittest(<name> SRCS ... LIBS ...): a GoogleTest program run by ctest.
function(eke_add_unittest name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  # See test/fuzz/readers/Reader.cpp.
  set_tests_properties(${name} PROPERTIES LABELS unit
    ENVIRONMENT "ASAN_OPTIONS=allow_user_poisoning=0")
endfunction()
