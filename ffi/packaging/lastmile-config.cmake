# find_package(lastmile) gives
#   lastmile::lastmile         the shared library
#   lastmile::lastmile_static  the archive, with the libraries of the system that it needs
# Nothing here is fixed to a place: the prefix is three directories up, and lastmile.pc says the rest.

get_filename_component(_lastmile_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
foreach(_lastmile_directory IN ITEMS "lib/${CMAKE_LIBRARY_ARCHITECTURE}" lib lib64)
  set(_lastmile_libdir "${_lastmile_prefix}/${_lastmile_directory}")
  if(EXISTS "${_lastmile_libdir}/pkgconfig/lastmile.pc")
    break()
  endif()
  set(_lastmile_libdir "")
endforeach()

if(NOT _lastmile_libdir)
  set(lastmile_FOUND FALSE)
  set(lastmile_NOT_FOUND_MESSAGE "there is no pkgconfig/lastmile.pc in a lib directory of ${_lastmile_prefix}")
  return()
endif()

if(NOT TARGET lastmile::lastmile AND EXISTS "${_lastmile_libdir}/liblastmile${CMAKE_SHARED_LIBRARY_SUFFIX}")
  add_library(lastmile::lastmile SHARED IMPORTED)
  set_target_properties(lastmile::lastmile PROPERTIES
    IMPORTED_LOCATION "${_lastmile_libdir}/liblastmile${CMAKE_SHARED_LIBRARY_SUFFIX}"
    INTERFACE_INCLUDE_DIRECTORIES "${_lastmile_prefix}/include")
endif()

if(NOT TARGET lastmile::lastmile_static AND EXISTS "${_lastmile_libdir}/liblastmile.a")
  file(STRINGS "${_lastmile_libdir}/pkgconfig/lastmile.pc" _lastmile_private REGEX "^Libs\\.private:")
  string(REPLACE "Libs.private:" "" _lastmile_private "${_lastmile_private}")
  separate_arguments(_lastmile_private UNIX_COMMAND "${_lastmile_private}")
  add_library(lastmile::lastmile_static STATIC IMPORTED)
  set_target_properties(lastmile::lastmile_static PROPERTIES
    IMPORTED_LOCATION "${_lastmile_libdir}/liblastmile.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES C
    INTERFACE_INCLUDE_DIRECTORIES "${_lastmile_prefix}/include"
    INTERFACE_LINK_LIBRARIES "${_lastmile_private}")
endif()

foreach(_lastmile_variable IN ITEMS prefix directory libdir private variable)
  unset(_lastmile_${_lastmile_variable})
endforeach()
