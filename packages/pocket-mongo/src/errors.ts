/** A refusal in MongoDB's own terms: drivers branch on `code`, people read `codeName` and the message. */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;
  /** Further fields of the reply, such as `keyPattern` and `keyValue` of a duplicate key. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(codeName: ErrorName, message: string, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = 'CommandError';
    this.code =
      codeName in errorCodes
        ? errorCodes[codeName as keyof typeof errorCodes]
        : Number(codeName.slice('Location'.length));
    this.codeName = codeName;
    this.fields = fields;
  }
}

/** The codes of MongoDB that this server uses; the numbers are part of the wire contract. */
export const errorCodes = {
  InternalError: 1,
  BadValue: 2,
  NoSuchKey: 4,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  ProtocolError: 17,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  InvalidBSON: 22,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  EmptyFieldName: 56,
  NotSingleValueField: 54,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  CommandNotSupported: 115,
  DocumentValidationFailure: 121,
  ConversionFailure: 241,
  QueryPlanKilled: 175,
  CommandNotSupportedOnView: 166,
  InvalidPipelineOperator: 168,
  MaxTimeMSExpired: 50,
  UnsatisfiableWriteConcern: 100,
  ExceededMemoryLimit: 146,
  CannotIndexParallelArrays: 171,
  NoQueryExecutionPlans: 291,
  UnsupportedOpQueryCommand: 352,
  Interrupted: 11601,
  DatabaseDifferCase: 13297,
  DuplicateKey: 11000,
  BSONObjectTooLarge: 10334,
  OutOfDiskSpace: 14031,
  NotImplemented: 238,
  Location15975: 15975,
  Location15998: 15998,
  Location16410: 16410,
  FieldPathEmpty: 40352,
  Location40218: 40218,
  Location28667: 28667,
  Location28724: 28724,
  Location31249: 31249,
  Location31250: 31250,
  Location31252: 31252,
  Location31253: 31253,
  Location31254: 31254,
  Location31274: 31274,
  Location31275: 31275,
  Location31276: 31276,
  Location31394: 31394,
  Location31395: 31395,
  Location40324: 40324,
  Location40415: 40415,
  Location40573: 40573,
  Location51075: 51075,
  Location51091: 51091,
  Location51246: 51246,
  Location51270: 51270,
} as const;

/** A named code, or one of the many that MongoDB only numbers: `Location17276` carries code 17276. */
export type ErrorName = keyof typeof errorCodes | `Location${number}`;

/** What this server leaves out is refused by name, with the way out. */
export function unsupported(feature: string): CommandError {
  return new CommandError(
    'NotImplemented',
    `${feature} is not supported by the embedded store; set MONGODB_URI to a MongoDB server to use it`,
  );
}
